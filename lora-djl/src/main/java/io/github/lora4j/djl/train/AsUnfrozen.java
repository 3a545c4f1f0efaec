// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.nn.Parameter;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import io.github.lora4j.djl.kernel.TorchOp;
import java.util.List;
import java.util.Map;

/**
 * What was unfrozen before the run, all the time.
 *
 * @param parameters what trains
 * @param copyInto the operator that writes an array's values over another's
 */
record AsUnfrozen(Map<String, Parameter> parameters, TorchOp copyInto) implements WhatTrains {
  @Override
  public boolean enter(int step) {
    return false;
  }

  @Override
  public List<TensorEntry> state() {
    return ParameterValues.entries(parameters);
  }

  @Override
  public void restore(int step, TensorFile saved) {
    ParameterValues.restore(parameters, saved, copyInto);
  }

  @Override
  public void close() {}
}
