/** Benchmarks beside the bare SDK and the SDK's own pool. */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.bench;
