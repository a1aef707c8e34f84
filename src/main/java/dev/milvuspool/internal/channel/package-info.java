/**
 * Internal: the supervised channel of one client. Selection of connections, RPCs with deadline and
 * retry, in-flight counts, drain, the state machine, reconnecting, probes and ageing. Not part of
 * the public interface.
 */
@org.jspecify.annotations.NullMarked
package dev.milvuspool.internal.channel;
