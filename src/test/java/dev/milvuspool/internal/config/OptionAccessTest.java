package dev.milvuspool.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.Credentials;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class OptionAccessTest {
  private static final Supplier<Credentials> VAULT = () -> Credentials.ofApiKey("changing");

  private static final ClientOptions NONE = ClientOptions.builder().build();
  private static final ClientOptions USER =
      ClientOptions.builder().withAuth("root", "Milvus").build();
  private static final ClientOptions KEY = ClientOptions.builder().withApiKey("key-1").build();
  private static final ClientOptions SUPPLIED =
      ClientOptions.builder().withCredentials(VAULT).build();

  @Test
  void theInternalsReadWhatAnAuthorizationHeaderNeeds() {
    assertThat(OptionAccess.token(Credentials.ofPassword("root", "a:b"))).isEqualTo("root:a:b");
    assertThat(OptionAccess.token(Credentials.ofPassword("root", ""))).isEqualTo("root:");
    assertThat(OptionAccess.token(Credentials.ofApiKey("key-1"))).isEqualTo("key-1");
    assertThat(OptionAccess.credentials(USER).username()).isEqualTo("root");
    assertThat(OptionAccess.credentials(KEY).username()).isNull();
  }

  @Test
  void theCredentialsOfOptionsAreFixedOrSuppliedOrNone() {
    assertThat(OptionAccess.credentials(NONE)).isNull();
    assertThat(OptionAccess.credentials(USER).get())
        .isEqualTo(Credentials.ofPassword("root", "Milvus"));
    assertThat(OptionAccess.credentials(KEY).get()).isEqualTo(Credentials.ofApiKey("key-1"));
    assertThat(OptionAccess.credentials(SUPPLIED).supplier()).isSameAs(VAULT);

    assertThat(OptionAccess.credentials(USER).isFixed()).isTrue();
    assertThat(OptionAccess.credentials(KEY).isFixed()).isTrue();
    assertThat(OptionAccess.credentials(SUPPLIED).isFixed()).isFalse();
  }

  @Test
  void theDescriptionShowsNoSecret() {
    assertThat(OptionAccess.credentials(USER)).hasToString("user root with a password");
    assertThat(OptionAccess.credentials(KEY)).hasToString("an API key");
    assertThat(OptionAccess.credentials(SUPPLIED))
        .hasToString("credentials of " + VAULT.getClass().getName());
  }

  @Test
  void nobodyElseCanTakeTheReadersPlace() {
    assertThat(USER).isNotNull();

    assertThatThrownBy(() -> OptionAccess.ofClient(options -> null, null))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> OptionAccess.ofCredentials(null))
        .isInstanceOf(IllegalStateException.class);
  }
}
