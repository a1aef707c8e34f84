package dev.milvuspool;

import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a client is apart from its operations, and how these are run. */
abstract class BaseClient implements Client {
  private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(1);

  private final ClientCore core;
  private final @Nullable Duration deadline;

  BaseClient(ClientCore core, @Nullable Duration deadline) {
    this.core = core;
    this.deadline = deadline;
  }

  final ClientCore core() {
    return core;
  }

  @Override
  public String name() {
    return core.name();
  }

  @Override
  public ClientOptions options() {
    return core.options();
  }

  @Override
  public ClientState state() {
    return core.state();
  }

  @Override
  public ClientHealth health() {
    return health(HEALTH_TIMEOUT);
  }

  @Override
  public ClientHealth health(Duration timeout) {
    return core.health(Checks.positive(timeout, "timeout"));
  }

  @Override
  public <T> T call(Function<MilvusClientV2, T> operation) {
    Checks.notNull("operation", operation);
    return run(Operation.CALL, call -> call.step(operation));
  }

  @Override
  public MilvusClientV2 unwrap() {
    return core.unwrap(deadlineOf(Operation.CALL));
  }

  @Override
  public String currentDatabase() {
    return core.currentDatabase();
  }

  @Override
  public void close() {
    core.close();
  }

  @Override
  public String toString() {
    return core.toString();
  }

  final Duration deadlineOf(Operation operation) {
    return deadline == null ? operation.deadline(core.options()) : deadline;
  }

  final <T> T run(Operation operation, Function<Calls.Call, T> body) {
    return core.calls().run(operation, deadlineOf(operation), body);
  }

  final <T> T ask(Operation operation, Function<MilvusClientV2, T> work) {
    return run(operation, call -> call.step(work));
  }

  final void tell(Operation operation, Consumer<MilvusClientV2> work) {
    run(
        operation,
        call ->
            call.step(
                sdk -> {
                  work.accept(sdk);
                  return true;
                }));
  }

  final <T> T write(Operation operation, int rows, Function<MilvusClientV2, T> work) {
    return run(operation, call -> call.step(operation, Math.max(1, rows), work));
  }
}
