package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.internal.config.Address;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Connections spread evenly over endpoints. */
class EndpointLoadsTest {
  private final Endpoint one = endpoint(1);
  private final Endpoint two = endpoint(2);
  private final Endpoint three = endpoint(3);
  private final List<Endpoint> all = List.of(one, two, three);
  private final EndpointLoads loads = new EndpointLoads();

  private static Endpoint endpoint(int port) {
    return new Endpoint(new Address("localhost", port, null), null);
  }

  @Test
  void eachDialTakesTheEndpointWithTheFewestTheFirstAmongEquals() {
    assertThat(loads.takeLeast(all, null)).isEqualTo(one);
    assertThat(loads.takeLeast(all, null)).isEqualTo(two);
    assertThat(loads.takeLeast(all, null)).isEqualTo(three);
    assertThat(loads.takeLeast(all, null)).isEqualTo(one);

    assertThat(loads.count(one)).isEqualTo(2);
    assertThat(loads.count(two)).isEqualTo(1);
  }

  @Test
  void onlyCandidatesAreTaken() {
    loads.takeLeast(List.of(two), null);

    assertThat(loads.takeLeast(List.of(two), null)).isEqualTo(two);
    assertThat(loads.count(one)).isZero();
    assertThat(loads.count(two)).isEqualTo(2);
  }

  @Test
  void anEndpointThatLostItsConnectionIsNext() {
    all.forEach(each -> loads.takeLeast(all, null));

    loads.remove(two);

    assertThat(loads.count(two)).isZero();
    assertThat(loads.takeLeast(all, null)).isEqualTo(two);
  }

  @Test
  void oneOfSeveralIsRemoved() {
    loads.takeLeast(List.of(one), null);
    loads.takeLeast(List.of(one), null);
    loads.takeLeast(List.of(one), null);

    loads.remove(one);

    assertThat(loads.count(one)).isEqualTo(2);
  }

  @Test
  void removingWhatIsNotThereChangesNothing() {
    loads.remove(one);

    assertThat(loads.count(one)).isZero();
  }

  @Test
  void aConnectionThatIsToBeReplacedDoesNotCount() {
    all.forEach(each -> loads.takeLeast(all, null));

    assertThat(loads.takeLeast(all, three)).isEqualTo(three);
    assertThat(loads.count(three)).isEqualTo(2); // the old one is there until it is retired
  }
}
