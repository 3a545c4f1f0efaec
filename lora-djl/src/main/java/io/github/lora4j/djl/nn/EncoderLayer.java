package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.djl.tape.ActivationStep;

/**
 * One post-norm layer: {@code h = norm(h + attention(h)); h = norm(h + feedForward(h))} (Vaswani et
 * al., 2017).
 *
 * @param index which layer it is
 * @param queryKeyValue the projections into attention
 * @param attentionOutput the projection out of attention
 * @param attentionNorm the norm behind attention
 * @param up hidden to intermediate
 * @param activation between up and down
 * @param down intermediate to hidden
 * @param outputNorm the norm behind the feed-forward part
 */
record EncoderLayer(
    int index,
    QueryKeyValue queryKeyValue,
    ModuleSlot attentionOutput,
    ModuleSlot attentionNorm,
    ModuleSlot up,
    ActivationStep activation,
    ModuleSlot down,
    ModuleSlot outputNorm) {

  NDArray forward(NDArray hidden, ForwardPass pass) {
    NDArray attended = attend(hidden, pass);
    NDArray middle = attentionNorm.forward(attentionOutput.forward(attended, hidden, pass), pass);
    NDArray raised = activation.forward(up.forward(middle, pass), pass.tape());
    return outputNorm.forward(down.forward(raised, middle, pass), pass);
  }

  private NDArray attend(NDArray x, ForwardPass pass) {
    NDArray qkv = queryKeyValue.project(x, pass);
    return pass.attention().attend(index, qkv, queryKeyValue.layout(), pass.tape());
  }
}
