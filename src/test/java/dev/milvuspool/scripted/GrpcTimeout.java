package dev.milvuspool.scripted;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/** Reads the {@code grpc-timeout} header: up to eight digits and a unit. */
final class GrpcTimeout {
  private GrpcTimeout() {}

  static Duration parse(String header) {
    int last = header.length() - 1;
    ChronoUnit unit =
        switch (header.charAt(last)) {
          case 'H' -> ChronoUnit.HOURS;
          case 'M' -> ChronoUnit.MINUTES;
          case 'S' -> ChronoUnit.SECONDS;
          case 'm' -> ChronoUnit.MILLIS;
          case 'u' -> ChronoUnit.MICROS;
          case 'n' -> ChronoUnit.NANOS;
          default -> throw new IllegalArgumentException("grpc-timeout " + header);
        };
    return Duration.of(Long.parseLong(header.substring(0, last)), unit);
  }
}
