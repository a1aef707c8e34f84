package dev.milvuspool.internal.channel;

import dev.milvuspool.CallScope;
import dev.milvuspool.internal.common.Errors;
import dev.milvuspool.internal.common.EventDispatcher;
import dev.milvuspool.internal.connect.RequestHeaders;
import io.milvus.shaded.io.grpc.Metadata;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Composes the headers of each request of one client: its own, those of the user's supplier, and
 * those of the listeners. Suppliers run on the thread that sends the request.
 */
final class RequestComposer {
  private final ConnectionSupervisor supervisor;
  private final EventDispatcher events;

  RequestComposer(ConnectionSupervisor supervisor, EventDispatcher events) {
    this.supervisor = supervisor;
    this.events = events;
  }

  /** Fresh headers of one request; throws if a supplier fails, or its header cannot be sent. */
  Metadata headers(Connection connection, CallContext call, @Nullable String database) {
    Metadata headers = connection.transport().headers(database);
    Supplier<Map<String, String>> supplier =
        supervisor.snapshot().options().requestHeaders().orElse(null);
    if (supplier != null) {
      RequestHeaders.addAll(headers, supplied(supplier), "requestHeaders");
    }
    List<CallScope> scopes = call.scopes();
    if (scopes != null) {
      scopes.forEach(scope -> addAll(headers, scope));
    }
    return headers;
  }

  /** A bad header of a listener does not affect the others. */
  private void addAll(Metadata headers, CallScope scope) {
    try {
      scope.requestHeaders().forEach((name, value) -> add(headers, name, value, scope));
    } catch (Throwable e) { // a listener harms nothing
      events.failed(scope, e);
    }
  }

  private void add(Metadata headers, String name, String value, CallScope scope) {
    try {
      RequestHeaders.add(headers, name, value, "CallScope.requestHeaders");
    } catch (IllegalArgumentException e) {
      events.failed(scope, e);
    }
  }

  private Map<String, String> supplied(Supplier<Map<String, String>> supplier) {
    Map<String, String> headers;
    try {
      headers = supplier.get();
    } catch (Throwable e) {
      throw Errors.supplierFailed(supervisor.client(), "withRequestHeaders", supplier, e);
    }
    if (headers == null) {
      throw Errors.supplierFailed(supervisor.client(), "withRequestHeaders", supplier, null);
    }
    return headers;
  }
}
