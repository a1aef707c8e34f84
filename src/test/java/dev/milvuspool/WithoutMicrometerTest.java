package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.scripted.ScriptedMilvus;
import java.io.File;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Micrometer is optional: without it on the class path everything else works. */
@Timeout(60)
class WithoutMicrometerTest {
  @Test
  @SuppressWarnings("resource") // left open: gRPC's threads still load classes while they end
  void aPoolWorksWithoutMicrometerOnTheClassPath() throws Exception {
    URLClassLoader loader =
        new URLClassLoader(classPathWithout("micrometer"), ClassLoader.getPlatformClassLoader());
    try (ScriptedMilvus server = ScriptedMilvus.start()) {
      assertThatThrownBy(() -> loader.loadClass("io.micrometer.core.instrument.MeterRegistry"))
          .isInstanceOf(ClassNotFoundException.class);

      Class<?> user = loader.loadClass(User.class.getName());
      Method use = user.getDeclaredMethod("use", String.class);
      use.setAccessible(true);

      assertThat(user).isNotSameAs(User.class);
      assertThat(use.invoke(null, server.address())).isEqualTo("[main] []");
    }
  }

  private static URL[] classPathWithout(String word) throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (!Path.of(entry).getFileName().toString().contains(word)) {
        urls.add(Path.of(entry).toUri().toURL());
      }
    }
    return urls.toArray(URL[]::new);
  }

  /** Runs inside the other class loader. */
  static final class User {
    private User() {}

    static String use(String address) {
      try (MilvusPool pool = MilvusPool.builder().withListener(new PoolListener() {}).build()) {
        Client client = pool.add("main", options -> options.withAddress(address));
        return pool.list() + " " + client.listCollections();
      }
    }
  }
}
