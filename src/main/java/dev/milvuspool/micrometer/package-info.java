/**
 * Meters of a pool's clients for Micrometer, which is an optional dependency. Begin at {@link
 * dev.milvuspool.micrometer.MicrometerPoolListener}.
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.micrometer;
