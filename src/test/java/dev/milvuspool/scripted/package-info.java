/**
 * A Milvus that does what a test scripts: answers at once, late, wrongly, never, or with a dropped
 * connection, and counts. Begin at ScriptedMilvus.
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.scripted;
