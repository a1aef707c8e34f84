package dev.milvuspool.bench;

import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.Channel;
import io.milvus.shaded.io.grpc.ClientInterceptor;
import io.milvus.shaded.io.grpc.ClientInterceptors;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.stub.MetadataUtils;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.utils.ClientUtils;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** Calls through one client of the SDK. */
final class SdkCaller implements Caller {
  private final MilvusClientV2 sdk;

  SdkCaller(ConnectConfig config) {
    sdk = new MilvusClientV2(config);
  }

  /**
   * A client of the SDK whose calls go over the connection of a client of this library, through all
   * that the SDK puts before one, and nothing of ours.
   */
  static SdkCaller beside(PoolCaller pool, Target target) {
    ConnectConfig config = target.sdkConfig();
    SdkCaller caller = new SdkCaller(config);
    try {
      Object supervisor = field(pool.sdk(), "supervisor");
      Object connection = ((List<?>) result(result(supervisor, "snapshot"), "serving")).get(0);
      Channel ours = (Channel) field(result(connection, "transport"), "channel");
      Channel ofTheSdk =
          ClientInterceptors.intercept(
              ours, List.of(attached("authorization", authorization(config)), time(config)));
      caller.sdk.setBlockingStub(
          MilvusServiceGrpc.newBlockingStub(ofTheSdk)
              .withInterceptors(attached("identifier", "1"))
              .withWaitForReady());
      return caller;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("another version of the SDK or of this library", e);
    }
  }

  private static String authorization(ConnectConfig config) {
    String credentials = config.getAuthorization();
    return credentials == null
        ? ""
        : Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
  }

  private static ClientInterceptor attached(String name, String value) {
    Metadata headers = new Metadata();
    if (!value.isEmpty()) {
      headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    }
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  /** The SDK's own, which says when a request was made. */
  private static ClientInterceptor time(ConnectConfig config) throws ReflectiveOperationException {
    Constructor<?> constructor =
        Class.forName("io.milvus.v2.utils.ClientUtils$1")
            .getDeclaredConstructor(ClientUtils.class, ConnectConfig.class);
    constructor.setAccessible(true);
    return (ClientInterceptor) constructor.newInstance(new ClientUtils(), config);
  }

  private static Object field(Object of, String name) throws ReflectiveOperationException {
    Field field = of.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(of);
  }

  private static Object result(Object of, String method) throws ReflectiveOperationException {
    Method declared = of.getClass().getDeclaredMethod(method);
    declared.setAccessible(true);
    return declared.invoke(of);
  }

  @Override
  public Object call(Operation operation) {
    return operation.on(sdk);
  }

  @Override
  public void remove() {
    sdk.close();
  }

  @Override
  public void useDatabase(String database) throws InterruptedException {
    sdk.useDatabase(database);
  }

  @Override
  public void close() {
    sdk.close();
  }
}
