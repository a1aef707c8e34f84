package dev.milvuspool.scripted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;

/** Bare TCP connections to a scripted Milvus, for what shows below gRPC. */
final class BareSockets {
  /** How long a socket is read before it counts as silent. */
  static final int SILENCE_MILLIS = 300;

  private BareSockets() {}

  static Socket connect(ScriptedMilvus milvus) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(SILENCE_MILLIS);
    socket.connect(new InetSocketAddress("127.0.0.1", milvus.port()), 2000);
    return socket;
  }

  /** An HTTP/2 server speaks first. */
  static void assertServed(Socket socket) throws IOException {
    assertThat(socket.getInputStream().read()).isNotNegative();
  }

  static void assertSilent(Socket socket) {
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
  }

  static void assertRefused(ScriptedMilvus milvus) {
    assertThatThrownBy(() -> connect(milvus)).isInstanceOf(ConnectException.class);
  }
}
