package dev.milvuspool.internal.connect;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A server of bare sockets on the loopback, which says to each connection what a test wants. */
final class BareServer implements AutoCloseable {
  private static final int PREFACE = 24;
  private static final int DATA = 0x0;
  private static final int HEADERS = 0x1;
  private static final int RST_STREAM = 0x3;
  private static final int SETTINGS = 0x4;
  private static final int GOAWAY = 0x7;
  private static final int ACK = 0x1;
  private static final int END_STREAM = 0x1;

  /** What a connection is told. */
  @FunctionalInterface
  interface Conversation {
    void hold(Socket socket) throws IOException;
  }

  /** What is said on a connection of HTTP/2 when a request has come whole. */
  @FunctionalInterface
  interface Answer {
    void to(int stream, OutputStream out) throws IOException;
  }

  /** The requests that came, of HTTP/2. */
  final AtomicInteger requests = new AtomicInteger();

  private final ServerSocket listening;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private BareServer() throws IOException {
    listening = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  }

  /** One that holds this conversation with each connection and then closes it. */
  static BareServer saying(Conversation conversation) throws IOException {
    BareServer server = new BareServer();
    server.serve(conversation);
    return server;
  }

  /** One that speaks enough HTTP/2 to receive requests, and answers so. */
  static BareServer http2(Answer answer) throws IOException {
    BareServer server = new BareServer();
    server.serve(socket -> server.receive(socket, answer));
    return server;
  }

  /** One that ends each stream with this error code. */
  static BareServer resetting(int errorCode) throws IOException {
    return http2((stream, out) -> write(out, RST_STREAM, 0, stream, ints(errorCode)));
  }

  /** One that says goodbye at each request, of which it has taken those up to the last stream. */
  static BareServer goingAway(int lastStream, int errorCode, String debug) throws IOException {
    return http2(
        (stream, out) -> {
          ByteArrayOutputStream payload = new ByteArrayOutputStream();
          payload.write(ints(lastStream, errorCode));
          payload.write(debug.getBytes(StandardCharsets.US_ASCII));
          write(out, GOAWAY, 0, 0, payload.toByteArray());
        });
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listening.getLocalSocketAddress();
  }

  private void serve(Conversation conversation) {
    daemon(
        () -> {
          while (true) {
            Socket socket = listening.accept();
            open.add(socket);
            daemon(
                () -> {
                  try (socket) {
                    conversation.hold(socket);
                  }
                });
          }
        });
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void daemon(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // The client has gone, or close() has closed the socket.
              }
            },
            "bare-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void receive(Socket socket, Answer answer) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    OutputStream out = socket.getOutputStream();
    in.skipNBytes(PREFACE);
    write(out, SETTINGS, 0, 0, new byte[0]);
    while (true) {
      int lengthAndType = in.readInt();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      in.skipNBytes(lengthAndType >>> 8);
      int type = lengthAndType & 0xff;
      if (type == SETTINGS && (flags & ACK) == 0) {
        write(out, SETTINGS, ACK, 0, new byte[0]);
      } else if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
        requests.incrementAndGet();
        answer.to(stream, out);
      }
    }
  }

  private static byte[] ints(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * values.length);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  private static void write(OutputStream out, int type, int flags, int stream, byte[] payload)
      throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream).put(payload);
    out.write(frame.array());
    out.flush();
  }

  /** Closes the port and all connections. */
  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
