package dev.milvuspool.internal.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ChecksTest {
  @Test
  void whatIsRightComesBack() {
    assertThat(Checks.notNull("rows", "value")).isEqualTo("value");
    assertThat(Checks.notBlank("name", "main")).isEqualTo("main");
    assertThat(Checks.notEmpty("rows", List.of(1))).containsExactly(1);
    assertThat(Checks.names("names", List.of("a", "b"))).containsExactly("a", "b");
    assertThat(Checks.positive(Duration.ofNanos(1), "timeout")).isEqualTo(Duration.ofNanos(1));
  }

  @Test
  void whatIsWrongIsToldWithItsNameAndValue() {
    assertWrong(() -> Checks.notNull("rows", null), "rows must not be null");
    assertWrong(() -> Checks.notBlank("name", null), "name must not be null");
    assertWrong(() -> Checks.notBlank("name", " "), "name must not be blank: ' '");
    assertWrong(() -> Checks.notEmpty("rows", null), "rows must not be null");
    assertWrong(() -> Checks.notEmpty("rows", List.of()), "rows must not be empty");
    assertWrong(() -> Checks.names("names", List.of()), "names must not be empty");
    assertWrong(() -> Checks.names("names", List.of("a", "")), "names must not be blank: ''");
    assertWrong(() -> Checks.names("names", Arrays.asList("a", null)), "names must not be null");
    assertWrong(
        () -> Checks.positive(Duration.ZERO, "timeout"), "timeout must be above zero: PT0S");
    assertWrong(
        () -> Checks.positive(Duration.ofNanos(-1), "timeout"),
        "timeout must be above zero: PT-0.000000001S");
    assertWrong(() -> Checks.positive(null, "timeout"), "timeout must not be null");
  }

  @Test
  void namesAreCopied() {
    List<String> names = Arrays.asList("a", "b");

    List<String> copy = Checks.names("names", names);
    names.set(0, "changed");

    assertThat(copy).containsExactly("a", "b");
  }

  @Test
  void allErrorsAreToldAtOnceByTheNamesThatTheUserKnows() {
    Checks checks = new Checks(option -> "client." + option);
    Checks others = new Checks();
    others.wrong("other", "is wrong, too");

    checks.atLeast("retries", -1, 0);
    checks.notNegative("drain", Duration.ofSeconds(-1));
    checks.notNegative("backoff", Duration.ZERO);
    boolean right = checks.positive("deadline", null);
    String value = checks.get(() -> Checks.notBlank("name", ""));
    checks.addAll(others, error -> error);

    assertThat(right).isFalse();
    assertThat(value).isNull();
    assertThat(checks.allRight()).isFalse();
    assertWrong(
        checks::throwIfWrong,
        "client.retries must be at least 0: -1; client.drain must be at least zero: PT-1S;"
            + " client.deadline must not be null; name must not be blank: ''; other is wrong, too");
  }

  @Test
  void anErrorCanBeEditedBeforeItIsAdded() {
    Checks checks = new Checks();
    Checks others = new Checks();
    others.wrong("caFile", "is not there: ann:hunter2@host");

    checks.addAll(others, error -> error.replace("ann:hunter2@host", "(not shown)"));

    assertWrong(checks::throwIfWrong, "caFile is not there: (not shown)");
  }

  @Test
  void nothingIsThrownWhereNothingIsWrong() {
    Checks checks = new Checks();

    assertThat(checks.positive("deadline", Duration.ofSeconds(1))).isTrue();
    assertThat(checks.get(() -> "value")).isEqualTo("value");

    assertThat(checks.allRight()).isTrue();
    assertThatCode(checks::throwIfWrong).doesNotThrowAnyException();
  }

  private static void assertWrong(ThrowingCallable check, String message) {
    assertThatIllegalArgumentException().isThrownBy(check).withMessage(message);
  }
}
