package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/**
 * What a listener learns about a call before it is sent.
 *
 * @param client the client's name
 * @param operation the operation, by its method's name
 * @param address the address that serves, as {@code host:port}; the client's first one if none does
 * @param database the database of the call; {@code default} if none was set
 * @param collection the collection, or null if the call has none or several
 */
public record CallInfo(
    String client,
    String operation,
    String address,
    String database,
    @Nullable String collection) {}
