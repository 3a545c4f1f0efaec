// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.nn.Decoder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The kinds of adapters that a decoder takes beside low-rank ones; adding one is a line here. */
public final class DecoderFamilies {
  private DecoderFamilies() {}

  /**
   * Lists them.
   *
   * @param decoder the decoder
   * @param modelType its family's name in {@code config.json}
   * @param tokenizer its tokenizer, asked for a prompt that begins with a text
   * @return the kinds
   */
  public static List<AdapterFamily<?>> of(
      Decoder decoder, String modelType, Supplier<LlmTokenizer> tokenizer) {
    List<AdapterFamily<?>> families = new ArrayList<>();
    families.add(new Ia3Family(decoder, modelType));
    families.addAll(PromptFamilies.of(decoder, tokenizer));
    families.add(new BottleneckFamily(decoder));
    return families;
  }
}
