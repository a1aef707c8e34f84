/**
 * Internal: one connection. Endpoints, dialling, TLS, the handshake, request headers, and why a
 * dial failed. Not part of the public interface.
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.internal.connect;
