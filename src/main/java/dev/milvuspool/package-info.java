/** A pool of named, self-healing Milvus clients. Begin at {@link dev.milvuspool.MilvusPool}. */
@org.jspecify.annotations.NullMarked
package dev.milvuspool;
