package dev.milvuspool.bench;

/** Measures one thing. */
@FunctionalInterface
interface Section {
  /**
   * Takes the measurements; the servers that it needs are its own.
   *
   * @throws Exception if there is no result
   */
  Result measure(Effort effort) throws Exception;
}
