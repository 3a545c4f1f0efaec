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

/**
 * One fused group of libtorch operators, called like a function and differentiated by libtorch.
 *
 * <p>Results belong to the manager of the first argument. Whether a graph is recorded is decided by
 * the calling thread's gradient mode, as for every operator of the engine. May be called from
 * several threads.
 */
public final class TorchOp implements AutoCloseable {
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
    return IValueUtils.forward(module, new NDList(inputs), true).get(0);
  }

  /**
   * Calls the operator for all its results.
   *
   * @param inputs the tensors in the order of the operator's arguments, the activation first
   * @return the results in order, on the manager of the first input
   */
  public NDList applyAll(NDArray... inputs) {
    return IValueUtils.forward(module, new NDList(inputs), true);
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
