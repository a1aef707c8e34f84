package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialsTest {
  private static final Credentials USER = Credentials.ofUser("root", "Milvus");
  private static final Credentials KEY = Credentials.ofApiKey("key-1");

  @Test
  void aUserHasNameAndPassword() {
    assertThat(USER.isNone()).isFalse();
    assertThat(USER.username()).isEqualTo("root");
    assertThat(USER.password()).isEqualTo("Milvus");
    assertThat(USER.apiKey()).isNull();
    assertThat(USER.token()).isEqualTo("root:Milvus");
  }

  @Test
  void anApiKeyStandsForItself() {
    assertThat(KEY.isNone()).isFalse();
    assertThat(KEY.username()).isNull();
    assertThat(KEY.password()).isNull();
    assertThat(KEY.apiKey()).isEqualTo("key-1");
    assertThat(KEY.token()).isEqualTo("key-1");
  }

  @Test
  void withoutCredentialsThereIsNoToken() {
    assertThat(Credentials.NONE.isNone()).isTrue();
    assertThat(Credentials.NONE.token()).isNull();
  }

  @Test
  void noSecretIsShown() {
    assertThat(USER).hasToString("user root with a password");
    assertThat(KEY).hasToString("an API key");
    assertThat(Credentials.NONE).hasToString("none");
  }

  @Test
  void sameCredentialsAreEqual() {
    assertThat(Credentials.ofUser("root", "Milvus")).isEqualTo(USER).hasSameHashCodeAs(USER);
    assertThat(Credentials.ofApiKey("key-1")).isEqualTo(KEY).hasSameHashCodeAs(KEY);

    assertThat(USER)
        .isNotEqualTo(Credentials.ofUser("admin", "Milvus"))
        .isNotEqualTo(Credentials.ofUser("root", "other"))
        .isNotEqualTo(KEY)
        .isNotEqualTo(Credentials.NONE)
        .doesNotHaveSameHashCodeAs(KEY);
    assertThat(KEY).isNotEqualTo(Credentials.ofApiKey("key-2"));
    assertThat(Credentials.ofUser(null, null)).isNotEqualTo(Credentials.NONE);
  }

  @Test
  void legalCredentialsPass() {
    assertThat(complaint(USER)).isEmpty();
    assertThat(complaint(Credentials.ofUser("root", ""))).isEmpty();
    assertThat(complaint(KEY)).isEmpty();
    assertThat(complaint(Credentials.NONE)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      value = {
        "null, pw, user must not be null",
        "'', pw, user must not be blank",
        "' ', pw, user must not be blank",
        "root, null, password must not be null; an empty one is legal",
      })
  void aUserWithoutNameOrPasswordIsWrong(String user, String password, String complaint) {
    assertThat(complaint(Credentials.ofUser(user, password))).isEqualTo(complaint);
  }

  @ParameterizedTest
  @CsvSource({"root:secret, root:...", ":secret, :..."})
  void aTokenGivenAsTheUserIsWrongAndItsSecretNotShown(String user, String shown) {
    assertThat(complaint(Credentials.ofUser(user, "pw")))
        .contains("user must not hold a colon: " + shown)
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      value = {"null", "''", "' '"})
  void anApiKeyMustNotBeBlank(String key) {
    assertThat(complaint(Credentials.ofApiKey(key))).isEqualTo("apiKey must not be null or blank");
  }

  /** What is said against them, or nothing. */
  private static String complaint(Credentials credentials) {
    Checks checks = new Checks();
    credentials.check(checks);
    return checks.allRight()
        ? ""
        : assertThatIllegalArgumentException()
            .isThrownBy(checks::throwIfWrong)
            .actual()
            .getMessage();
  }
}
