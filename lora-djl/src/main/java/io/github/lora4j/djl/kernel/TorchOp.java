// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One fused group of libtorch operators, called like a function and differentiated by libtorch.
 *
 * <p>Results belong to the manager of the first argument. Whether a graph is recorded is decided by
 * the calling thread's gradient mode, as for every operator of the engine. May be called from
 * several threads.
 */
public final class TorchOp implements AutoCloseable {
  private static final Pattern STRUCTURE = Pattern.compile("[.:\\[(]");

  private final PtSymbolBlock module;

  private TorchOp(PtSymbolBlock module) {
    this.module = module;
  }

  /**
   * Compiles an operator.
   *
   * @param manager owns the compiled module
   * @param source {@code def forward(self, x: Tensor, ...)} in TorchScript, indented by two
   * @return the operator; closing it or the manager frees it
   */
  static TorchOp compile(NDManager manager, String source) {
    byte[] archive = TorchScriptArchive.of(source);
    try (ByteArrayInputStream in = new ByteArrayInputStream(archive)) {
      return new TorchOp(JniUtils.loadModule((PtNDManager) manager, in, false, false));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Calls the operator for its one result.
   *
   * @param inputs the tensors in the order of the operator's arguments, the activation first
   * @return the result, on the manager of the first input
   */
  public NDArray apply(NDArray... inputs) {
    return applyAll(inputs).get(0);
  }

  /**
   * Calls the operator for all its results.
   *
   * @param inputs the tensors in the order of the operator's arguments, the activation first
   * @return the results in order, on the manager of the first input
   */
  public NDList applyAll(NDArray... inputs) {
    for (NDArray input : inputs) {
      if (isStructure(input.getName())) {
        return applyUnnamed(inputs);
      }
    }
    return IValueUtils.forward(module, new NDList(inputs), true);
  }

  /** DJL makes dictionaries, lists and tuples of arrays whose names say so: {@code conv.weight}. */
  private static boolean isStructure(@Nullable String name) {
    return name != null && STRUCTURE.matcher(name).find();
  }

  private NDList applyUnnamed(NDArray... inputs) {
    List<@Nullable String> names = new ArrayList<>();
    for (NDArray input : inputs) {
      names.add(input.getName());
    }
    try {
      for (NDArray input : inputs) {
        input.setName("");
      }
      return IValueUtils.forward(module, new NDList(inputs), true);
    } finally {
      for (int i = 0; i < inputs.length; i++) {
        inputs[i].setName(names.get(i));
      }
    }
  }

  /**
   * Calls the operator on prepared arguments, without a graph, for its one result.
   *
   * @param manager owns the result
   * @param arguments in the order of the operator's arguments; stay the caller's
   * @return the result
   */
  public NDArray call(NDManager manager, IValue... arguments) {
    try (IValue result = IValueUtils.forward(module, arguments)) {
      return result.toTensor((PtNDManager) manager);
    }
  }

  @Override
  public void close() {
    module.close();
  }
}
