// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.List;
import java.util.Objects;

/**
 * Which modules of a model are meant (PEFT: the values that {@code target_modules} and {@code
 * exclude_modules} may take).
 */
public sealed interface ModuleSelector {
  /** Nothing is said: as targets, the architecture's default; as exclusions, none. */
  record Unset() implements ModuleSelector {}

  /**
   * Every linear module but the output head (PEFT: {@code "all-linear"}). Cannot be used to
   * exclude.
   */
  record AllLinear() implements ModuleSelector {}

  /**
   * The modules with one of these names, or whose name ends in a dot and one of them.
   *
   * @param names names or ends of names, such as {@code q_proj} or {@code mlp.down_proj}
   */
  record Names(List<String> names) implements ModuleSelector {
    /** Copies the list. */
    public Names {
      names = List.copyOf(names);
    }
  }

  /**
   * The modules whose whole name matches.
   *
   * @param expression a regular expression in Python's syntax
   */
  record Regex(String expression) implements ModuleSelector {
    /** Checks that there is an expression. */
    public Regex {
      Objects.requireNonNull(expression, "expression");
    }
  }
}
