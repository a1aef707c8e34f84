package dev.milvuspool.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Certificates for tests, made with the JDK's keytool: a CA, a server's certificate (localhost,
 * 127.0.0.1, milvus.test), a client's, and a CA that signed neither. PEM, keys in PKCS#8.
 */
public final class Certificates {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final Path directory;

  private Certificates(Path directory) {
    this.directory = directory;
  }

  /** Made once a JVM. */
  public static Certificates get() {
    return Holder.CERTIFICATES;
  }

  /** Where all of them are. */
  Path directory() {
    return directory;
  }

  /** The certificate of the CA that signed the server's and the client's. */
  public Path ca() {
    return directory.resolve("ca.pem");
  }

  /** The certificate of a CA that signed neither. */
  public Path otherCa() {
    return directory.resolve("other.pem");
  }

  /** The server's certificate. */
  public Path serverCertificate() {
    return directory.resolve("server.pem");
  }

  /** The server's key. */
  public Path serverKey() {
    return directory.resolve("server.key");
  }

  /** The client's certificate. */
  public Path clientCertificate() {
    return directory.resolve("client.pem");
  }

  /** The client's key. */
  public Path clientKey() {
    return directory.resolve("client.key");
  }

  private static final class Holder {
    static final Certificates CERTIFICATES = make();

    private static Certificates make() {
      try {
        Path directory = Files.createTempDirectory("milvus-pool-certificates-");
        directory.toFile().deleteOnExit(); // the last one named goes first
        Path store = directory.resolve("keys.p12");
        selfSigned(store, "ca");
        selfSigned(store, "other");
        signed(store, "server", "SAN=dns:localhost,dns:milvus.test,ip:127.0.0.1");
        signed(store, "client", "EKU=clientAuth");
        write(directory, store);
        try (var files = Files.list(directory)) {
          files.forEach(file -> file.toFile().deleteOnExit());
        }
        return new Certificates(directory);
      } catch (IOException | GeneralSecurityException e) {
        throw new IllegalStateException("cannot make certificates", e);
      }
    }

    private static void selfSigned(Path store, String alias) {
      keytool(store, "-genkeypair", alias, "-ext", "BC=ca:true", "-dname", "CN=" + alias);
    }

    private static void signed(Path store, String alias, String extension) {
      keytool(
          store,
          "-genkeypair",
          alias,
          "-ext",
          extension,
          "-dname",
          "CN=" + alias,
          "-signer",
          "ca",
          "-signerkeypass",
          new String(PASSWORD));
    }

    private static void keytool(Path store, String command, String alias, String... more) {
      List<String> line =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-J-XX:TieredStopAtLevel=1", // a short life: half the time
                  "-J-XX:+UseSerialGC",
                  command,
                  "-alias",
                  alias,
                  "-keystore",
                  store.toString(),
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  new String(PASSWORD),
                  "-keyalg",
                  "EC",
                  "-groupname",
                  "secp256r1",
                  "-validity",
                  "30"));
      line.addAll(List.of(more));
      Command.run(line, 60);
    }

    private static void write(Path directory, Path store)
        throws IOException, GeneralSecurityException {
      KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
      for (String alias : List.of("ca", "other", "server", "client")) {
        Certificate own = keys.getCertificate(alias);
        Files.writeString(directory.resolve(alias + ".pem"), pem("CERTIFICATE", own.getEncoded()));
        Files.writeString(
            directory.resolve(alias + ".key"),
            pem("PRIVATE KEY", keys.getKey(alias, PASSWORD).getEncoded()));
      }
    }

    private static String pem(String type, byte[] content) {
      String text =
          Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
              .encodeToString(content);
      return "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n";
    }
  }
}
