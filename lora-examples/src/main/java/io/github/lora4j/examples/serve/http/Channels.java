// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/** What Vert.x has no word for. */
final class Channels {
  private static final int AT_ONCE = 0;

  private Channels() {}

  /**
   * Ends a connection without waiting for the client to take what was written to it, which {@link
   * HttpConnection#close()} does: a client that does not read would keep it open for ever. What the
   * kernel holds for it is freed, too.
   *
   * @param connection one of this server's; to be called on its event loop
   */
  static void abort(HttpConnection connection) {
    Channel channel = ((ConnectionBase) connection).channel();
    channel.config().setOption(ChannelOption.SO_LINGER, AT_ONCE);
    // From the first handler on, which is beyond those of Vert.x that would wait.
    ChannelFuture unused = channel.pipeline().firstContext().close();
  }
}
