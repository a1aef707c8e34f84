/** Internal, not for users: what every other internal package needs. */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.internal.common;
