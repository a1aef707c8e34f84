package dev.milvuspool.scripted;

import static dev.milvuspool.scripted.SdkAssertions.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.shaded.io.grpc.Status;
import org.junit.jupiter.api.Test;

/** What a call without the required credentials gets, and what one with them. */
class RequiredCredentialsTest extends ScriptedMilvusCase {
  @Test
  void requiresUserAndPassword() {
    milvus.requireAuth("root", "secret");

    assertStatus(client::search, Status.Code.UNAUTHENTICATED);
    assertStatus(() -> RawClient.of(milvus), Status.Code.UNAUTHENTICATED);
    assertStatus(
        () -> RawClient.of(milvus, config -> config.username("root").password("guess")),
        Status.Code.UNAUTHENTICATED);
    try (RawClient root =
        RawClient.of(milvus, config -> config.username("root").password("secret"))) {
      assertThat(root.search()).isNotNull();
      assertThat(milvus.lastHeader("Search", "authorization")).contains("cm9vdDpzZWNyZXQ=");
    }

    milvus.requireNothing();

    assertThat(client.search()).isNotNull();
  }

  @Test
  void requiresAToken() {
    milvus.requireToken("key-1");

    assertStatus(
        () -> RawClient.of(milvus, config -> config.token("key-2")), Status.Code.UNAUTHENTICATED);
    try (RawClient holder = RawClient.of(milvus, config -> config.token("key-1"))) {
      assertThat(holder.search()).isNotNull();
    }
  }

  @Test
  void letsConnectInWithoutCredentialsWhereTold() {
    milvus.requireToken("key-1").openConnect(true);

    try (RawClient stranger = RawClient.of(milvus)) {
      assertStatus(stranger::search, Status.Code.UNAUTHENTICATED);
    }
  }
}
