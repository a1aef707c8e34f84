package dev.milvuspool;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once, at the end of the JVM, that pools were never closed; it does not keep the JVM alive.
 */
final class OpenPools {
  private static final Logger logger = LoggerFactory.getLogger(MilvusPool.class);
  private static final Set<DefaultMilvusPool> OPEN = ConcurrentHashMap.newKeySet();

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(OpenPools::warn, "milvus-pool-unclosed"));
    } catch (IllegalStateException e) {
      logger.trace("a pool is opened while the JVM ends", e);
    }
  }

  private OpenPools() {}

  static void opened(DefaultMilvusPool pool) {
    OPEN.add(pool);
  }

  static void closed(DefaultMilvusPool pool) {
    OPEN.remove(pool);
  }

  private static void warn() {
    if (!OPEN.isEmpty()) {
      logger.warn("{} never closed: {}; close a pool with try-with-resources", OPEN.size(), OPEN);
    }
  }
}
