package dev.milvuspool.server;

/** A real Milvus of one's own, that can be killed and frozen. */
public interface RestartableMilvus extends MilvusServer {
  /** SIGKILL to the whole server; returns when it is gone. */
  void kill();

  /** Starts it again on the same port and data, 8 s; returns when it works. */
  void start();

  /**
   * SIGSTOP: connections stay open, new ones are taken by the kernel, nothing is answered from the
   * return of this method on. After more than 40 s the server may end itself when thawed, for its
   * session is over.
   */
  void freeze();

  /** SIGCONT. */
  void thaw();
}
