package dev.milvuspool.bench;

import java.time.Duration;
import java.util.List;

/** How long is measured. */
enum Effort {
  /** Everything in some twenty minutes on two cores; figures are rough. */
  QUICK(2, 6, Duration.ofMillis(250), List.of(Duration.ofSeconds(3), Duration.ofSeconds(10))),

  /** About an hour and a quarter. */
  FULL(
      5,
      8,
      Duration.ofMillis(400),
      List.of(Duration.ofSeconds(3), Duration.ofSeconds(20), Duration.ofSeconds(60)));

  private final int forks;
  private final int rounds;
  private final Duration iteration;
  private final List<Duration> outages;

  Effort(int forks, int rounds, Duration iteration, List<Duration> outages) {
    this.forks = forks;
    this.rounds = rounds;
    this.iteration = iteration;
    this.outages = outages;
  }

  /** How often those compared take turns in fresh JVMs. */
  int forks() {
    return forks;
  }

  /** How often those compared take turns within a JVM. */
  int rounds() {
    return rounds;
  }

  /** How long a turn takes. */
  Duration iteration() {
    return iteration;
  }

  /** How long servers stay dead. */
  List<Duration> outages() {
    return outages;
  }
}
