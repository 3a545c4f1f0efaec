// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.serve.ServerListener;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners what happens; what one of them throws is logged and disturbs nobody. */
final class ServerEvents {
  private static final Logger LOG = LoggerFactory.getLogger(ServerEvents.class);

  private final List<ServerListener> listeners;

  ServerEvents(ServerListener... listeners) {
    this.listeners = List.of(listeners);
  }

  void tell(Consumer<ServerListener> event) {
    for (ServerListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException e) {
        LOG.warn("the ServerListener {} threw; serving goes on", listener.getClass(), e);
      }
    }
  }
}
