/**
 * Internal: the names of a pool. The registry of ready clients and of those being created, opening
 * and closing. Not part of the public interface.
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.internal.pool;
