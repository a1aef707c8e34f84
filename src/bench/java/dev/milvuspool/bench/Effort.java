package dev.milvuspool.bench;

import java.time.Duration;
import java.util.List;

/** How long is measured. */
enum Effort {
  /** Everything in about 40 minutes on two cores; figures are rough. */
  QUICK(
      2,
      Duration.ofSeconds(8),
      Duration.ofMillis(250),
      List.of(Duration.ofSeconds(3), Duration.ofSeconds(10))),

  /** About an hour and 20 minutes. */
  FULL(
      4,
      Duration.ofSeconds(12),
      Duration.ofMillis(400),
      List.of(Duration.ofSeconds(3), Duration.ofSeconds(20), Duration.ofSeconds(60)));

  private final int forks;
  private final Duration callsInAJvm;
  private final Duration iteration;
  private final List<Duration> outages;

  Effort(int forks, Duration callsInAJvm, Duration iteration, List<Duration> outages) {
    this.forks = forks;
    this.callsInAJvm = callsInAJvm;
    this.iteration = iteration;
    this.outages = outages;
  }

  /** How often those compared take turns in fresh JVMs. */
  int forks() {
    return forks;
  }

  /** How long a call is measured in each JVM. */
  Duration callsInAJvm() {
    return callsInAJvm;
  }

  /** How long an iteration of JMH takes, where there is no reason for another length. */
  Duration iteration() {
    return iteration;
  }

  /** How long servers stay dead. */
  List<Duration> outages() {
    return outages;
  }
}
