package dev.milvuspool.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.Credentials;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class OptionSecretsTest {
  private static final Supplier<Credentials> VAULT = () -> Credentials.ofApiKey("changing");

  private static final ClientOptions NONE = ClientOptions.builder().build();
  private static final ClientOptions USER =
      ClientOptions.builder().withAuth("root", "Milvus").build();
  private static final ClientOptions KEY = ClientOptions.builder().withApiKey("key-1").build();
  private static final ClientOptions SUPPLIED =
      ClientOptions.builder().withCredentials(VAULT).build();

  @Test
  void theInternalsReadWhatAnAuthorizationHeaderNeeds() {
    assertThat(OptionSecrets.token(Credentials.ofPassword("root", "a:b"))).isEqualTo("root:a:b");
    assertThat(OptionSecrets.token(Credentials.ofPassword("root", ""))).isEqualTo("root:");
    assertThat(OptionSecrets.token(Credentials.ofApiKey("key-1"))).isEqualTo("key-1");
    assertThat(OptionSecrets.username(Credentials.ofPassword("root", "pw"))).isEqualTo("root");
    assertThat(OptionSecrets.username(Credentials.ofApiKey("key-1"))).isNull();
  }

  @Test
  void theCredentialsOfOptionsAreFixedOrSuppliedOrNone() {
    assertThat(OptionSecrets.credentials(NONE)).isNull();
    assertThat(OptionSecrets.credentials(USER).get())
        .isEqualTo(Credentials.ofPassword("root", "Milvus"));
    assertThat(OptionSecrets.credentials(KEY).get()).isEqualTo(Credentials.ofApiKey("key-1"));
    assertThat(OptionSecrets.credentials(SUPPLIED)).isSameAs(VAULT);

    assertThat(OptionSecrets.hasFixedCredentials(NONE)).isFalse();
    assertThat(OptionSecrets.hasFixedCredentials(USER)).isTrue();
    assertThat(OptionSecrets.hasFixedCredentials(KEY)).isTrue();
    assertThat(OptionSecrets.hasFixedCredentials(SUPPLIED)).isFalse();
  }

  @Test
  void theDescriptionShowsNoSecret() {
    assertThat(OptionSecrets.describeCredentials(NONE)).isEqualTo("none");
    assertThat(OptionSecrets.describeCredentials(USER)).isEqualTo("user root with a password");
    assertThat(OptionSecrets.describeCredentials(KEY)).isEqualTo("an API key");
    assertThat(OptionSecrets.describeCredentials(SUPPLIED))
        .isEqualTo("credentials of " + VAULT.getClass().getName());
  }

  @Test
  void nobodyElseCanTakeTheReadersPlace() {
    assertThat(USER).isNotNull();

    assertThatThrownBy(() -> OptionSecrets.registerOptions(options -> null))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> OptionSecrets.registerCredentials(null))
        .isInstanceOf(IllegalStateException.class);
  }
}
