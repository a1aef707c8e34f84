package dev.milvuspool.bench;

/**
 * Counts durations by their size, to within a sixteenth, so that a billion of them take no room.
 * Not thread-safe.
 */
final class Latencies {
  private static final int PARTS_BITS = 4;
  private static final int PARTS = 1 << PARTS_BITS;

  private final long[] counts = new long[Long.SIZE * PARTS];
  private long total;
  private long longest;

  void add(long nanos) {
    counts[bucket(nanos)]++;
    total++;
    longest = Math.max(longest, nanos);
  }

  void add(Latencies others) {
    for (int bucket = 0; bucket < counts.length; bucket++) {
      counts[bucket] += others.counts[bucket];
    }
    total += others.total;
    longest = Math.max(longest, others.longest);
  }

  /**
   * Small numbers have a bucket each; greater ones share theirs with those of the same top bits.
   */
  private static int bucket(long nanos) {
    long value = Math.max(0, nanos);
    int shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(value) - PARTS_BITS - 1);
    return shift * PARTS + (int) (value >>> shift);
  }

  private static long upperEnd(int bucket) {
    if (bucket < 2 * PARTS) {
      return bucket;
    }
    int shift = bucket / PARTS - 1;
    return (((long) (bucket - shift * PARTS)) + 1 << shift) - 1;
  }

  long total() {
    return total;
  }

  double longestMillis() {
    return longest / 1e6;
  }

  /** The duration within which this part of all lies. */
  double quantileMillis(double part) {
    long wanted = (long) Math.ceil(total * part);
    long seen = 0;
    for (int bucket = 0; bucket < counts.length; bucket++) {
      seen += counts[bucket];
      if (seen >= wanted && seen > 0) {
        return Math.min(longest, upperEnd(bucket)) / 1e6;
      }
    }
    return Double.NaN;
  }
}
