// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.List;

/** A parsed piece of a template that writes text. */
@FunctionalInterface
interface Node {
  /** How a node leaves the loop it stands in. */
  enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  Flow render(Scope scope, Output output);

  /** Nodes one after the other. */
  static Node sequence(List<Node> nodes) {
    return (scope, output) -> {
      for (Node node : nodes) {
        Flow flow = node.render(scope, output);
        if (flow != Flow.NEXT) {
          return flow;
        }
      }
      return Flow.NEXT;
    };
  }

  /** The text a node writes. */
  static String text(Node node, Scope scope) {
    Output output = new Output(scope.budget());
    node.render(scope, output);
    return output.toString();
  }
}
