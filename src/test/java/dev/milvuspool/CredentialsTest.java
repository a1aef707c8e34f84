package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.Serializable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialsTest {
  private static final Credentials USER = Credentials.ofPassword("root", "Milvus");
  private static final Credentials KEY = Credentials.ofApiKey("key-1");

  @Test
  void noSecretIsShown() {
    assertThat(USER).hasToString("user root with a password");
    assertThat(KEY).hasToString("an API key");
  }

  @Test
  void nothingPublicReadsThem() {
    assertThat(
            Arrays.stream(Credentials.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .map(Method::getName))
        .containsExactlyInAnyOrder("ofPassword", "ofApiKey", "equals", "hashCode", "toString");
    assertThat(USER).isNotInstanceOf(Serializable.class);
  }

  @Test
  void sameCredentialsAreEqual() {
    assertThat(Credentials.ofPassword("root", "Milvus")).isEqualTo(USER).hasSameHashCodeAs(USER);
    assertThat(Credentials.ofApiKey("key-1")).isEqualTo(KEY).hasSameHashCodeAs(KEY);

    assertThat(USER)
        .isNotEqualTo(Credentials.ofPassword("admin", "Milvus"))
        .isNotEqualTo(Credentials.ofPassword("root", "other"))
        .isNotEqualTo(KEY)
        .isNotEqualTo("root");
    assertThat(KEY)
        .isNotEqualTo(Credentials.ofApiKey("key-2"))
        .isNotEqualTo(Credentials.ofPassword("root", "key-1"));
  }

  @Test
  void anEmptyPasswordIsLegal() {
    assertThat(Credentials.ofPassword("root", "")).isNotEqualTo(USER);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      value = {
        "null, pw, user must not be null",
        "'', pw, user must not be blank",
        "' ', pw, user must not be blank",
        "root, null, password must not be null; it may be empty",
        "null, null, user must not be null; password must not be null; it may be empty",
      })
  void aUserWithoutNameOrPasswordIsWrong(String user, String password, String complaint) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Credentials.ofPassword(user, password))
        .withMessage(complaint);
  }

  @ParameterizedTest
  @CsvSource({"root:secret, root:...", ":secret, :...", "a@secret:b, (not shown)"})
  void aTokenGivenAsTheUserIsWrongAndItsSecretNotShown(String user, String shown) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Credentials.ofPassword(user, "pw"))
        .withMessageStartingWith("user must not contain a colon: " + shown)
        .withMessageNotContaining("secret");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      value = {"null", "''", "' '"})
  void anApiKeyMustNotBeBlank(String key) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Credentials.ofApiKey(key))
        .withMessage("apiKey must not be null or blank");
  }
}
