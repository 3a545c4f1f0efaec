// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.train.StopSignal;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes Ctrl-C and {@code kill} ask for a stop instead of ending the JVM at once. A second signal
 * ends it as ever.
 *
 * <p>{@code sun.misc.Signal} is the only way to handle a signal and go on; it is reached by
 * reflection as it need not exist. Where it does not, signals end the JVM.
 */
final class StopOnSignals implements AutoCloseable {
  private static final String[] NAMES = {"INT", "TERM"};

  private final Map<Object, Object> handlersBefore = new LinkedHashMap<>();

  /**
   * Begins to listen.
   *
   * @param stop asked to stop at the first signal
   */
  StopOnSignals(StopSignal stop) {
    for (String name : NAMES) {
      try {
        Object signal = signalType().getConstructor(String.class).newInstance(name);
        Object handler = handler(stop);
        handlersBefore.put(signal, handle(signal, handler));
      } catch (ReflectiveOperationException | IllegalArgumentException e) {
        System.err.println("no checkpoint will be written on the signal " + name + ": " + e);
      }
    }
  }

  private static Class<?> signalType() throws ClassNotFoundException {
    return Class.forName("sun.misc.Signal");
  }

  private static Class<?> handlerType() throws ClassNotFoundException {
    return Class.forName("sun.misc.SignalHandler");
  }

  private Object handler(StopSignal stop) throws ClassNotFoundException {
    Class<?> type = handlerType();
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, args) -> {
          if (method.getName().equals("handle")) {
            stop.request();
            System.err.println(
                "stopping after this step; a second signal stops at once, without a checkpoint");
            close();
          }
          return null;
        });
  }

  private static Object handle(Object signal, Object handler) throws ReflectiveOperationException {
    Method handle = signalType().getMethod("handle", signalType(), handlerType());
    return handle.invoke(null, signal, handler);
  }

  /** Leaves signals to what handled them before. */
  @Override
  public void close() {
    handlersBefore.forEach(
        (signal, before) -> {
          try {
            handle(signal, before);
          } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a signal that was handled can be handled again", e);
          }
        });
  }
}
