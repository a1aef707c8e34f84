package dev.milvuspool.server;

import org.jspecify.annotations.Nullable;

/**
 * How a server is set up.
 *
 * @param authentication whether it asks for {@code root}/{@code Milvus}
 * @param tls the certificates it speaks TLS with, or null for plaintext
 * @param mutual whether it asks for a client certificate, too
 */
record Setup(boolean authentication, @Nullable Certificates tls, boolean mutual) {
  static final Setup PLAIN = new Setup(false, null, false);
  static final String ROOT = "root";
  static final String ROOT_PASSWORD = "Milvus";
}
