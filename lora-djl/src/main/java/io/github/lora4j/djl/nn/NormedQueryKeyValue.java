// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.tape.HeadNormStep;
import io.github.lora4j.djl.tape.Tape;
import java.util.List;

/**
 * Projections whose queries and keys are normed, each head alone, before positions rotate them
 * (Henry et al., 2020; transformers: {@code q_norm}, {@code k_norm}).
 */
public final class NormedQueryKeyValue implements QueryKeyValue {
  private final Separate projections;
  private final ModuleSlot queryNorm;
  private final ModuleSlot keyNorm;
  private final HeadNormStep step;

  /**
   * Puts norms behind projections.
   *
   * @param projections gives queries, keys and values
   * @param queryNorm a root-mean-square norm over headDim values
   * @param keyNorm likewise
   * @param spec the decoder's shape
   */
  public NormedQueryKeyValue(
      Separate projections, ModuleSlot queryNorm, ModuleSlot keyNorm, DecoderSpec spec) {
    this.projections = projections;
    this.queryNorm = queryNorm;
    this.keyNorm = keyNorm;
    step = new HeadNormStep(projections.layout().ops(), spec.normEpsilon(), spec.normOffset());
  }

  @Override
  public NDArray project(NDArray x, ForwardPass pass) {
    NDArray qkv = projections.project(x, pass);
    if (queryNorm.differs(pass) || keyNorm.differs(pass)) {
      return MixedRows.map(qkv, pass, queryNorm.trains() || keyNorm.trains(), this::normed);
    }
    return step.forward(qkv, block(queryNorm).weight(), block(keyNorm).weight(), pass.tape());
  }

  private NDArray normed(NDArray qkv, List<String> adapters) {
    RmsNorm query = (RmsNorm) queryNorm.weights(adapters);
    RmsNorm key = (RmsNorm) keyNorm.weights(adapters);
    return step.forward(qkv, query.weight(), key.weight(), Tape.NONE);
  }

  private static RmsNorm block(ModuleSlot norm) {
    return (RmsNorm) norm.block();
  }

  @Override
  public QkvLayout layout() {
    return projections.layout();
  }

  @Override
  public List<ModuleSlot> linears() {
    return projections.linears();
  }

  @Override
  public List<ModuleSlot> norms() {
    return List.of(queryNorm, keyNorm);
  }

  @Override
  public <V> List<V> write(TokenWriter<V> writer, V x) {
    List<V> qkv = projections.write(writer, x);
    return List.of(
        block(queryNorm).writeHeads(writer, qkv.get(0)),
        block(keyNorm).writeHeads(writer, qkv.get(1)),
        qkv.get(2));
  }
}
