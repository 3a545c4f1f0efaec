// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.Tape;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SequenceAttentionTest {
  private static final int HEADS = 2;
  private static final int WIDTH = 4 * 8;

  private NDManager manager;
  private TorchOps ops;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
    manager.getEngine().setRandomSeed(5);
    ops = new TorchOps(manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** Longer than the blocks of keys that libtorch takes at a time, some of them hidden whole. */
  @ParameterizedTest
  @CsvSource({"1100, 5, 0", "1100, 600, 0", "1100, 5, 2", "40, 5, 2"})
  void aTokenSeesItsWindowAlone(int length, int window, double cap) {
    NDArray qkv = manager.randomNormal(new Shape(length, WIDTH));
    float[] whole = last(attend(qkv, window, cap));
    NDArray seen = qkv.get(new NDIndex().addSliceDim(length - window, length)).duplicate();
    assertArrayEquals(last(attend(seen, window, cap)), whole, 1e-5f);
    float[] wider = last(attend(qkv, window + 1, cap));
    assertThrows(AssertionError.class, () -> assertArrayEquals(wider, whole, 1e-5f));
  }

  private NDArray attend(NDArray qkv, int window, double cap) {
    DecoderSpec spec =
        DecoderSpec.builder()
            .numLayers(1)
            .numHeads(HEADS)
            .keyValueHeads(1)
            .headDim(8)
            .attentionSoftCap(cap == 0 ? OptionalDouble.empty() : OptionalDouble.of(cap))
            .attentionWindows(List.of(window))
            .build();
    PositionScheme positions = new RotaryPositions(8, 10_000, new RopeScaling.None());
    AttentionSpec attention = spec.attention();
    RaggedBatch batch = RaggedBatch.of(List.of(new int[(int) qkv.getShape().get(0)]));
    AttentionMasks masks = new AttentionMasks(manager, ops, positions, attention);
    try (EngineMode mode = EngineMode.inference()) {
      return new SequenceAttention(manager, masks, attention, batch)
          .attend(0, qkv, QkvLayout.columns(ops, spec), Tape.NONE);
    }
  }

  private static float[] last(NDArray rows) {
    return rows.get(rows.getShape().get(0) - 1).toFloatArray();
  }
}
