// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.transformer.BertBlock;
import io.github.lora4j.LoraConfig;
import java.util.Random;

/**
 * Sentences of words that praise, blame or say nothing; the class is which of the first two there
 * are more of. Adapted to slang, whose words the network has not seen.
 */
final class SentenceTask implements BlockTask {
  private static final int LENGTH = 8;
  private static final int CLASSIFY = 0;
  private static final int KIND = 12;
  private static final int FIRST_WORD = 1;
  private static final int FIRST_SLANG = FIRST_WORD + 3 * KIND;
  private static final int VOCABULARY = FIRST_SLANG + 2 * KIND;
  private static final int NEUTRAL = 2;
  private static final int WIDTH = 32;

  @Override
  public String known() {
    return "praise and blame in plain words";
  }

  @Override
  public String novel() {
    return "praise and blame in slang";
  }

  @Override
  public Block network() {
    BertBlock bert =
        BertBlock.builder()
            .setTokenDictionarySize(VOCABULARY)
            .optTypeDictionarySize(1)
            .optEmbeddingSize(WIDTH)
            .optTransformerBlockCount(2)
            .optAttentionHeadCount(4)
            .optHiddenSize(2 * WIDTH)
            .optHiddenDropoutProbability(0)
            .optMaxSequenceLength(LENGTH)
            .build();
    return new BertClassifier(bert, 2);
  }

  @Override
  public Shape[] inputShapes() {
    Shape row = new Shape(1, LENGTH);
    return new Shape[] {row, row, row};
  }

  @Override
  public LoraConfig adapter(int rank) {
    return LoraConfig.builder()
        .rank(rank)
        .alpha(2 * rank)
        .targetModules("tokenEmbedding", "queryProjection", "valueProjection")
        .modulesToSave("classifier")
        .build();
  }

  @Override
  public NDList draw(NDManager manager, Random random, boolean novel, int count) {
    Shape shape = new Shape(count, LENGTH);
    long[] ids = new long[count * LENGTH];
    long[] classes = new long[count];
    for (int row = 0; row < count; row++) {
      classes[row] = sentence(ids, row * LENGTH, novel, random);
    }
    return new NDList(
        manager.create(ids, shape),
        manager.zeros(shape, DataType.INT64),
        manager.ones(shape, DataType.INT64),
        manager.create(classes, new Shape(count, 1)));
  }

  /** Writes one sentence, and says whether it praises: 1, or blames: 0. */
  private static long sentence(long[] ids, int at, boolean novel, Random random) {
    int praise;
    do {
      praise = 0;
      ids[at] = CLASSIFY;
      for (int i = 1; i < LENGTH; i++) {
        int kind = random.nextInt(NEUTRAL + 1);
        praise += kind == NEUTRAL ? 0 : 1 - 2 * kind;
        ids[at + i] = word(kind, novel, random);
      }
    } while (praise == 0);
    return praise > 0 ? 1 : 0;
  }

  private static int word(int kind, boolean novel, Random random) {
    boolean slang = novel && kind != NEUTRAL;
    return (slang ? FIRST_SLANG : FIRST_WORD) + kind * KIND + random.nextInt(KIND);
  }
}
