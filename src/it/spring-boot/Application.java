package application;

import dev.milvuspool.MilvusPool;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** What the application of docs/integrations.md does with its pool. */
@SpringBootApplication
@RestController
public class Application {
  private final MilvusPool pool;

  Application(MilvusPool pool) {
    this.pool = pool;
  }

  public static void main(String[] arguments) {
    SpringApplication.run(Application.class, arguments);
  }

  @GetMapping("/collections/{client}")
  List<String> collections(@PathVariable("client") String client) {
    return pool.get(client).listCollections();
  }
}
