// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions a chat template can call. */
final class Globals {
  // The limit of Jinja2's sandbox.
  private static final long LONGEST_RANGE = 100_000;

  static final Map<String, Object> ALL =
      Map.of(
          "raise_exception", (Callable) Globals::raise,
          "namespace", (Callable) Globals::namespace,
          "dict", (Callable) Globals::dict,
          "range", (Callable) Globals::range,
          "strftime_now", (Callable) Globals::now);

  private Globals() {}

  private static Object raise(Arguments arguments) {
    throw new TemplateFault.Raised(
        PythonRepr.text(arguments.required(0, "message"), arguments.budget()));
  }

  private static Object namespace(Arguments arguments) {
    return new Namespace(arguments.named());
  }

  private static Object dict(Arguments arguments) {
    return new LinkedHashMap<Object, Object>(arguments.named());
  }

  private static Object range(Arguments arguments) {
    boolean fromZero = arguments.positional().size() == 1;
    long start = fromZero ? 0 : arguments.integer(0, "start", 0);
    long stop = arguments.integer(fromZero ? 0 : 1, "stop", 0);
    long step = arguments.integer(2, "step", 1);
    if (step == 0 || Math.abs((double) stop - start) / Math.abs((double) step) > LONGEST_RANGE) {
      throw new TemplateFault("range: the step is 0, or there are over 100000 numbers");
    }
    List<Object> numbers = new ArrayList<>();
    for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
      arguments.budget().charge(1);
      numbers.add(i);
    }
    return numbers;
  }

  private static Object now(Arguments arguments) {
    return Strftime.format(LocalDateTime.now(ZoneId.systemDefault()), arguments.text(0, "format"));
  }
}
