/** Finds or starts real Milvus servers for tests and for the quick start. Begin at RealMilvus. */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.server;
