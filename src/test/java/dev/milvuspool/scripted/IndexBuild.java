package dev.milvuspool.scripted;

import io.milvus.grpc.IndexState;

/**
 * What the server tells of an index at one look at it.
 *
 * @param indexedRows rows built so far
 * @param totalRows rows to build
 * @param state the state
 * @param failReason why it failed; empty where it did not
 */
public record IndexBuild(long indexedRows, long totalRows, IndexState state, String failReason) {
  /** Not begun. */
  public static IndexBuild waiting(long totalRows) {
    return new IndexBuild(0, totalRows, IndexState.Unissued, "");
  }

  /** Under way. */
  public static IndexBuild building(long indexedRows, long totalRows) {
    return new IndexBuild(indexedRows, totalRows, IndexState.InProgress, "");
  }

  /** Done. */
  public static IndexBuild finished(long totalRows) {
    return new IndexBuild(totalRows, totalRows, IndexState.Finished, "");
  }

  /** Given up. */
  public static IndexBuild failed(String reason) {
    return new IndexBuild(0, 0, IndexState.Failed, reason);
  }
}
