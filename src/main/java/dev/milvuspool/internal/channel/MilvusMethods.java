package dev.milvuspool.internal.channel;

import java.util.Set;

/** Classifies Milvus's RPCs by their method, as reads and writes. */
final class MilvusMethods {
  /**
   * Those that may be carried out twice without harm: reads, and load and release, which are
   * idempotent. Every other one is a write, also an unknown one.
   */
  private static final Set<String> READS =
      Set.of(
          """
          AllocTimestamp BackupRBAC BatchDescribeCollection CalcDistance CheckHealth Connect
          DescribeAlias DescribeCollection DescribeDatabase DescribeIndex DescribeResourceGroup
          DescribeSegmentIndexData Dummy GetCompactionState GetCompactionStateWithPlans
          GetComponentStates GetFlushAllState GetFlushState GetImportState GetIndexBuildProgress
          GetIndexState GetIndexStatistics GetCollectionStatistics GetLoadState
          GetLoadingProgress GetMetrics GetPartitionStatistics GetPersistentSegmentInfo
          GetQuerySegmentInfo GetReplicas GetReplicateConfiguration GetReplicateInfo GetUserTags
          GetVersion HasCollection HasPartition HybridSearch ListAliases ListCredUsers
          ListDatabases ListFileResources ListImportTasks ListIndexedSegment ListPrivilegeGroups
          ListResourceGroups ListRowPolicies ListUsersWithTag LoadCollection LoadPartitions Query
          ReleaseCollection ReleasePartitions RunAnalyzer Search SelectGrant SelectRole
          SelectUser ShowCollections ShowPartitions
          """
              .split("\\s+"));

  private MilvusMethods() {}

  /** Whether an RPC of this method must not be carried out twice. */
  static boolean isWrite(String method) {
    return !READS.contains(method);
  }
}
