// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.PromptInitialization;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.nn.Decoder;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * What a prompt holds before the first step (PEFT: {@code PromptEmbedding}).
 *
 * @param decoder the decoder whose embeddings are taken
 * @param tokenizer its tokenizer
 */
record FirstPrompt(Decoder decoder, Supplier<LlmTokenizer> tokenizer) {
  /** Makes vectors of shape (count, hidden). */
  NDArray vectors(PromptInitialization initialization, int count, NDManager manager) {
    if (initialization instanceof PromptInitialization.Text text) {
      return embeddings(repeated(text.text(), count), manager);
    }
    return initialization instanceof PromptInitialization.SampleVocabulary
        ? embeddings(drawn(count, manager), manager)
        : random(count, manager);
  }

  private NDArray random(int count, NDManager manager) {
    int width = decoder.embedding().module().outFeatures();
    return manager.randomNormal(0f, 1f, new Shape(count, width), DataType.FLOAT32);
  }

  private long[] drawn(int count, NDManager manager) {
    int vocabulary = decoder.spec().vocabularySize();
    try (NDArray ids = manager.randomInteger(0, vocabulary, new Shape(count), DataType.INT64)) {
      return ids.toLongArray();
    }
  }

  private long[] repeated(String text, int count) {
    int[] ids = tokenizer.get().encode(text, true);
    if (ids.length == 0) {
      throw new ConfigurationException(
          "prompt_tuning_init_text: \"%s\" has no tokens; choose another text".formatted(text));
    }
    long[] repeated = new long[count];
    Arrays.setAll(repeated, i -> ids[i % ids.length]);
    return repeated;
  }

  private NDArray embeddings(long[] ids, NDManager manager) {
    try (NDManager scope = manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      NDArray vectors = decoder.embedding().forward(scope.create(ids), false);
      vectors.attach(manager);
      return vectors;
    }
  }
}
