/**
 * A pool of named Milvus clients that reconnect automatically.
 *
 * <p>Start with {@link dev.milvuspool.MilvusPool}, which creates, returns and closes the clients.
 * {@link dev.milvuspool.Client} has the operations. {@link dev.milvuspool.ClientOptions} says where
 * a client connects to and how it behaves.
 *
 * <pre>{@code
 * try (MilvusPool pool = MilvusPool.create()) {
 *   pool.add("main", options -> options.withAddress("localhost:19530").withAuth("root", "Milvus"));
 *
 *   Client main = pool.get("main"); // anywhere, from any thread
 *   System.out.println(main.listCollections());
 * }
 * }</pre>
 *
 * <p>Failures are {@link dev.milvuspool.MilvusPoolException}s, with a subclass for each kind. A bad
 * argument is an {@link java.lang.IllegalArgumentException}. If the server rejects a request, the
 * SDK's {@code MilvusClientException} passes through. To watch the clients, give the pool a {@link
 * dev.milvuspool.PoolListener}, or {@link dev.milvuspool.micrometer.MicrometerPoolListener}.
 *
 * <p>No argument and no result is null unless it is marked {@code @Nullable}. Every duration is
 * wall-clock time.
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool;
