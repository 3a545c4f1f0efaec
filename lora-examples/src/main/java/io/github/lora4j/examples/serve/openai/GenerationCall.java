// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.Prompt;
import java.util.OptionalInt;

/**
 * What a client asks for, of either endpoint.
 *
 * @param model the base's name or an adapter's
 * @param prompt what to continue
 * @param config what to sample and when to stop
 * @param topLogprobs asks for log-probabilities, with this many alternatives
 * @param delivery how the answer is to be sent
 */
public record GenerationCall(
    String model,
    Prompt prompt,
    GenerationConfig config,
    OptionalInt topLogprobs,
    Delivery delivery) {
  /** How an answer is sent. */
  public enum Delivery {
    /** At once, when it is complete. */
    WHOLE,
    /** As server-sent events, while it is generated. */
    STREAM,
    /** As a stream that ends with the numbers of tokens. */
    STREAM_WITH_USAGE
  }

  /**
   * Whether it is sent while it is generated.
   *
   * @return true for both streams
   */
  public boolean streams() {
    return delivery != Delivery.WHOLE;
  }

  static Delivery delivery(RequestFields fields) {
    boolean stream = fields.flag("stream");
    boolean usage =
        fields
            .any("stream_options")
            .map(options -> includesUsage(RequestFields.of(options, "stream_options")))
            .orElse(false);
    if (!stream) {
      return Delivery.WHOLE;
    }
    return usage ? Delivery.STREAM_WITH_USAGE : Delivery.STREAM;
  }

  private static boolean includesUsage(RequestFields options) {
    boolean usage = options.flag("include_usage");
    // Padding against an observer of packet lengths: nothing the answer is made of.
    options.flag("include_obfuscation");
    options.finish();
    return usage;
  }
}
