package dev.milvuspool;

import io.milvus.shaded.io.grpc.InternalGlobalInterceptors;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every channel that is built looks for OpenCensus through the whole class path, one thread after
 * the other. The SDK's gRPC looks under a name of its own, at which there is no such class; it does
 * not look where interceptors have been set for all channels, be it none.
 */
final class CensusLookup {
  private static final Logger logger = LoggerFactory.getLogger(CensusLookup.class);

  private CensusLookup() {}

  /** To be called before a channel is built. Where something else has set them, they stay. */
  static void skip() {
    try {
      InternalGlobalInterceptors.setInterceptorsTracers(List.of(), List.of(), List.of());
    } catch (IllegalStateException | LinkageError e) {
      logger.debug("Each dial looks for OpenCensus on the class path", e);
    }
  }
}
