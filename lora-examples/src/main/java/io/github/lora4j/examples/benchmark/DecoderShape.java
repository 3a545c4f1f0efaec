// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import ai.djl.nn.Block;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.target.AdaptableModule;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The linear maps of a decoder in the order of the data.
 *
 * @param layers the layers
 * @param head the map onto the vocabulary
 * @param attentionWidth query heads · values a head
 */
record DecoderShape(List<Layer> layers, LinearShape head, int attentionWidth) {
  private static final List<String> INTO_ATTENTION = List.of("q_proj", "k_proj", "v_proj");
  private static final List<String> OUT_OF_ATTENTION = List.of("o_proj");
  private static final List<String> INTO_MLP = List.of("gate_proj", "up_proj");
  private static final List<String> OUT_OF_MLP = List.of("down_proj");

  /** Copies the list. */
  DecoderShape {
    layers = List.copyOf(layers);
  }

  /**
   * Reads a llama, its active adapter included.
   *
   * @param decoder the decoder
   * @return its shape
   */
  static DecoderShape of(Decoder decoder) {
    DecoderSpec spec = decoder.spec();
    return new DecoderShape(
        IntStream.range(0, decoder.numLayers())
            .mapToObj(layer -> layer(decoder.layerModules(layer)))
            .toList(),
        linear(decoder.head()),
        spec.numHeads() * spec.headDim());
  }

  private static Layer layer(List<ModuleSlot> modules) {
    return new Layer(
        named(modules, INTO_ATTENTION),
        named(modules, OUT_OF_ATTENTION),
        named(modules, INTO_MLP),
        named(modules, OUT_OF_MLP));
  }

  private static List<LinearShape> named(List<ModuleSlot> modules, List<String> names) {
    return modules.stream()
        .filter(slot -> names.contains(slot.name().substring(slot.name().lastIndexOf('.') + 1)))
        .map(DecoderShape::linear)
        .toList();
  }

  private static LinearShape linear(ModuleSlot slot) {
    AdaptableModule module = slot.module();
    return new LinearShape(module.inFeatures(), module.outFeatures(), rank(slot.block()));
  }

  private static int rank(Block block) {
    return block instanceof LoraLinear lora
        ? lora.active().stream().mapToInt(LoraAdapter::rank).sum()
        : 0;
  }

  /**
   * One layer: linear maps that read the same stand in one list.
   *
   * @param intoAttention queries, keys and values
   * @param outOfAttention the output projection
   * @param intoMlp gate and up
   * @param outOfMlp down
   */
  record Layer(
      List<LinearShape> intoAttention,
      List<LinearShape> outOfAttention,
      List<LinearShape> intoMlp,
      List<LinearShape> outOfMlp) {}
}
