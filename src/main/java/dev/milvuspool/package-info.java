/**
 * A pool of named Milvus clients that reconnect automatically.
 *
 * <p>Begin at {@link dev.milvuspool.MilvusPool}, which makes, hands out and closes the clients;
 * then {@link dev.milvuspool.Client}, which has the operations, and {@link
 * dev.milvuspool.ClientOptions}, which says where a client connects to and how it behaves.
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
 * <p>What goes wrong is a {@link dev.milvuspool.MilvusPoolException}, whose subclasses say what; a
 * bad argument is an {@link java.lang.IllegalArgumentException}; what the server says about a
 * request is the SDK's {@code MilvusClientException}. To watch the clients, give the pool a {@link
 * dev.milvuspool.PoolListener}, or {@link dev.milvuspool.micrometer.MicrometerPoolListener}.
 *
 * <p>No argument and no result is null unless it is marked {@code @Nullable}. Every duration is
 * wall-clock time.
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool;
