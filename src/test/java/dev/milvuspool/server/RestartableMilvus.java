package dev.milvuspool.server;

/** A real Milvus of one's own, that can be killed and frozen. */
public interface RestartableMilvus extends MilvusServer {
  /** SIGKILL to the whole server. */
  void kill();

  /** Starts it again on the same port and data; returns when it answers. */
  void start();

  /** SIGSTOP: connections stay open, nothing is answered. */
  void freeze();

  /** SIGCONT. */
  void thaw();
}
