/**
 * Internal: one client. The facade, its calls with deadline, events and errors, polling, and the
 * SDK client that runs over the supervised channel. Not part of the public interface.
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.internal.client;
