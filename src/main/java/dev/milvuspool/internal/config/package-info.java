/**
 * Internal, not for users: turns options and properties into values. It reads addresses, checks
 * options, reads properties and the files they name, and hands secrets to the other internals.
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.internal.config;
