// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;

/** The state of all parameters, wherever its values lie. */
interface StatePlanes {
  /** What is kept of each parameter, by name. */
  Map<String, ParameterState> parameters();

  /** Shows all planes of all parameters, stretch by stretch. */
  void look(Visitor visitor) throws IOException;

  /** Sees a stretch of one plane. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Called once for each stretch.
     *
     * @param parameter the parameter's name
     * @param plane one of its format's
     * @param from the first value of the stretch
     * @param bytes the stretch, valid until this returns
     */
    void visit(String parameter, Plane plane, long from, ByteBuffer bytes) throws IOException;
  }
}
