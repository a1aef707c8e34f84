/**
 * Meters of a pool's clients and observations of their calls for Micrometer, which is an optional
 * dependency of this library: nothing outside this package needs it.
 *
 * <p>Start with {@link dev.milvuspool.micrometer.MicrometerPoolListener}, which lists the meters,
 * and {@link dev.milvuspool.micrometer.MicrometerObservationListener}, which makes traces possible.
 *
 * <pre>{@code
 * MilvusPool observed =
 *     MilvusPool.builder().withListener(new MicrometerPoolListener(registry)).build();
 * observed.close();
 * }</pre>
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.micrometer;
