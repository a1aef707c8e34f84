/**
 * Internal: what all packages need. Threads, durations, backoff, waiting, the delivery of events,
 * and the one factory of error messages. Not part of the public interface.
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.internal.common;
