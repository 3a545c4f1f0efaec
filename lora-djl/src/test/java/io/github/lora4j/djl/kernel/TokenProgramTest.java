// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import io.github.lora4j.djl.kernel.NativeKernels.FourBitAddresses;
import io.github.lora4j.djl.kernel.NativeKernels.InstructionSet;
import io.github.lora4j.djl.kernel.TokenProgram.Heads;
import io.github.lora4j.djl.kernel.TokenProgram.LowRank;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each step, in every instruction set, against libtorch's operators. */
class TokenProgramTest {
  private static final int BATCH = 3;

  private NDManager manager;
  private NativeKernels kernels;
  private InstructionSet before;
  private TokenProgram program;

  @BeforeEach
  void open() {
    manager = PyTorchEngine.newManager(Device.cpu());
    assumeTrue(NativeKernels.get().isPresent(), "built without a C compiler");
    kernels = NativeKernels.get().orElseThrow();
    before = kernels.instructionSet();
    program = kernels.tokenProgram(1);
  }

  @AfterEach
  void close() {
    if (before != null) {
      kernels.use(before);
      program.close();
    }
    manager.close();
  }

  @ParameterizedTest
  @EnumSource(InstructionSet.class)
  void rowsOfATableAreCopiedAndScaled(InstructionSet set) {
    use(set);
    NDArray table = manager.randomNormal(new Shape(5, 7));
    NDArray y = manager.zeros(new Shape(2, 7));
    program.embed(at(table), 7, 2, at(y));
    program.run(new int[] {4, 1}, new int[2]);
    assertClose(table.get(manager.create(new int[] {4, 1})).mul(2), y, 0);
  }

  @ParameterizedTest
  @EnumSource(InstructionSet.class)
  void normsAreLibtorchs(InstructionSet set) {
    use(set);
    NDArray x = manager.randomNormal(3f, 2f, new Shape(BATCH, 37), DataType.FLOAT32);
    NDArray w = manager.randomNormal(new Shape(37));
    NDArray bias = manager.randomNormal(new Shape(37));
    NDArray rms = manager.zeros(x.getShape());
    NDArray layer = manager.zeros(x.getShape());
    program.rmsNorm(at(x), at(w), 37, 1, 1e-5f, at(rms));
    program.layerNorm(at(x), at(w), at(bias), 37, 1e-5f, at(layer));
    run();
    int[] rows = {1};
    NDArray scale = x.square().mean(rows, true).add(1e-5f).sqrt();
    assertClose(x.div(scale).mul(w), rms, 1e-5f);
    NDArray centred = x.sub(x.mean(rows, true));
    NDArray deviation = centred.square().mean(rows, true).add(1e-5f).sqrt();
    assertClose(centred.div(deviation).mul(w).add(bias), layer, 1e-5f);
  }

  @ParameterizedTest
  @CsvSource({"5,33,3", "640,512,8", "1,4,1"})
  void productsAddBiasAndUpdate(int rows, int columns, int rank) {
    NDArray x = manager.randomNormal(new Shape(BATCH, columns));
    NDArray w = manager.randomNormal(new Shape(rows, columns));
    NDArray a = manager.randomNormal(new Shape(rank, columns));
    NDArray bt = manager.randomNormal(new Shape(rank, rows));
    NDArray bias = manager.randomNormal(new Shape(rows));
    NDArray hidden = manager.zeros(new Shape(BATCH, rank));
    NDArray y = manager.ones(new Shape(BATCH, rows));
    NDArray expected =
        x.matMul(w.transpose()).add(x.matMul(a.transpose()).matMul(bt)).add(bias).add(1);
    program.product(matrix(a), at(x), at(hidden), 0, false, LowRank.NONE);
    program.barrier();
    LowRank update = new LowRank(at(hidden), at(bt), rank);
    program.product(matrix(w), at(x), at(y), at(bias), true, update);
    for (InstructionSet set : InstructionSet.values()) {
      y.subi(y).addi(1);
      kernels.use(set);
      run();
      assertClose(expected, y, 1e-3f);
    }
  }

  @ParameterizedTest
  @CsvSource({"70,256,64,false", "9,4096,4096,true", "33,40,32,true"})
  void productsWithFourBitsTakeTheirInputInOrder(int rows, int columns, int block, boolean fp4) {
    NDArray x = manager.randomNormal(new Shape(BATCH, columns));
    NDArray w = manager.randomNormal(new Shape(rows, columns));
    long n = (long) rows * columns;
    NDArray packed = manager.zeros(new Shape((n + 1) / 2), DataType.UINT8);
    NDArray absmax = manager.zeros(new Shape((n + block - 1) / block));
    kernels.quantize4Bit(at(w), n, block, fp4, at(packed), at(absmax));
    FourBitAddresses codes = new FourBitAddresses(at(packed), fp4, block, at(absmax), 0, 0, 0f);
    kernels.dequantize4Bit(codes, n, at(w), NativeKernels.FloatType.FLOAT32);
    NDArray ordered = manager.zeros(x.getShape());
    NDArray y = manager.zeros(new Shape(BATCH, rows));
    program.order(block, at(x), columns, at(ordered));
    program.barrier();
    program.product(
        new NativeMatrix.FourBit(codes, rows, columns), at(ordered), at(y), 0, false, LowRank.NONE);
    NDArray expected = x.matMul(w.transpose());
    for (InstructionSet set : InstructionSet.values()) {
      kernels.use(set);
      run();
      assertClose(expected, y, 2e-3f);
    }
  }

  @ParameterizedTest
  @EnumSource(InstructionSet.class)
  void activationsAreLibtorchs(InstructionSet set) {
    use(set);
    NDArray x = manager.linspace(-100f, 100f, BATCH * 2051).reshape(BATCH, 2051);
    NDArray up = manager.randomNormal(x.getShape());
    NDArray gated = manager.zeros(x.getShape());
    NDArray raised = manager.zeros(x.getShape());
    program.siluGate(at(x), at(up), 2051, 2051, at(gated));
    program.geluTanh(at(x), 2051, at(raised));
    run();
    assertClose(x.mul(Activation.sigmoid(x)).mul(up), gated, 2e-5f);
    NDArray inner = x.pow(3).mul(0.044715f).add(x).mul((float) Math.sqrt(2 / Math.PI));
    assertClose(inner.tanh().add(1).mul(x).mul(0.5f), raised, 2e-5f);
  }

  @ParameterizedTest
  @EnumSource(InstructionSet.class)
  void aNanStaysANan(InstructionSet set) {
    use(set);
    float[] values = new float[BATCH * 17];
    values[3] = Float.NaN;
    values[16] = Float.NaN;
    NDArray x = manager.create(values, new Shape(BATCH, 17));
    program.geluTanh(at(x), 17, at(x));
    run();
    float[] y = x.toFloatArray();
    IntStream.range(0, y.length).forEach(i -> assertEquals(i == 3 || i == 16, Float.isNaN(y[i])));
  }

  @ParameterizedTest
  @CsvSource({
    "4,2,12,true,false,1000,0",
    "4,4,32,false,true,1000,0",
    "6,1,80,true,true,7,0",
    "1,1,2,false,false,1000,0",
    "4,2,20,true,false,70,1.5"
  })
  void attentionIsTheFormulaOverTheCache(
      int heads,
      int keyValueHeads,
      int headDim,
      boolean rotates,
      boolean slopes,
      int window,
      float cap) {
    int capacity = 150;
    int[] positions = {0, 63, 149};
    Shape cacheShape = new Shape(BATCH, keyValueHeads, capacity, headDim);
    NDArray q = manager.randomNormal(new Shape(BATCH, heads, headDim)).mul(3);
    NDArray k = manager.randomNormal(new Shape(BATCH, keyValueHeads, headDim));
    NDArray v = manager.randomNormal(new Shape(BATCH, keyValueHeads, headDim));
    NDArray keys = manager.randomNormal(cacheShape);
    NDArray values = manager.randomNormal(cacheShape);
    NDArray slope = manager.create(slopes(heads, slopes));
    float[] frequencies = frequencies(headDim / 2);
    NDArray angles = manager.zeros(new Shape(BATCH, headDim));
    NDArray y = manager.zeros(new Shape(BATCH, heads, headDim));
    NDArray frequency = manager.create(frequencies);
    if (rotates) {
      program.angles(at(frequency), headDim / 2, 1, at(angles));
      program.barrier();
    }
    int keyRow = keyValueHeads * headDim;
    NDArray queries = q.duplicate();
    program.attention(
        0,
        new Heads(at(queries), heads * headDim, headDim),
        new Heads(at(k), keyRow, headDim),
        new Heads(at(v), keyRow, headDim),
        heads,
        new TokenProgram.Attention(
            rotates ? at(angles) : 0,
            headDim / 2,
            slopes ? at(slope) : 0,
            window,
            (float) (1 / Math.sqrt(headDim)),
            cap),
        at(y));
    program.cache(0, at(keys), at(values), keyValueHeads, capacity, headDim);
    for (InstructionSet set : InstructionSet.values()) {
      kernels.use(set);
      queries.subi(queries).addi(q);
      program.run(new int[BATCH], positions);
      float[] expected =
          new Attention(q, k, v, keys, values, rotates ? frequencies : new float[0])
              .of(slopes(heads, slopes), positions, window, cap);
      assertClose(manager.create(expected, y.getShape()), y, 2e-5f);
    }
  }

  @Test
  void whatIsBehindABarrierSeesEverythingBefore() {
    int width = 4096;
    NDArray w = manager.randomNormal(new Shape(width, 64)).mul(0.1f);
    NDArray back = manager.randomNormal(new Shape(64, width)).mul(0.1f);
    NDArray x = manager.randomNormal(new Shape(1, 64));
    NDArray middle = manager.zeros(new Shape(1, width));
    NDArray y = manager.zeros(new Shape(1, 64));
    for (int i = 0; i < 20; i++) {
      program.product(matrix(w), i == 0 ? at(x) : at(y), at(middle), 0, false, LowRank.NONE);
      program.barrier();
      program.product(matrix(back), at(middle), at(y), 0, false, LowRank.NONE);
      program.barrier();
      program.rmsNorm(at(y), at(w), 64, 1, 1e-5f, at(y));
      program.barrier();
    }
    program.run(new int[1], new int[1]);
    float[] expected = y.toFloatArray();
    for (int run = 0; run < 50; run++) {
      program.run(new int[1], new int[1]);
      assertEquals(Arrays.hashCode(expected), Arrays.hashCode(y.toFloatArray()));
    }
  }

  @Test
  void aClosedProgramIsRefused() {
    program.close();
    program.close();
    assertThrows(IllegalStateException.class, () -> program.run(new int[1], new int[1]));
    assertThrows(IllegalStateException.class, program::barrier);
  }

  private void use(InstructionSet set) {
    kernels.use(set);
    assumeTrue(kernels.instructionSet() == set, "this processor has no " + set);
  }

  private void run() {
    program.run(new int[BATCH], new int[BATCH]);
  }

  private long at(NDArray array) {
    return kernels.address(array);
  }

  private NativeMatrix matrix(NDArray w) {
    return new NativeMatrix.Float32(at(w), (int) w.getShape().get(0), (int) w.getShape().get(1));
  }

  private static float[] slopes(int heads, boolean any) {
    float[] slopes = new float[heads];
    for (int h = 0; h < heads && any; h++) {
      slopes[h] = 0.1f / (h + 1);
    }
    return slopes;
  }

  private static float[] frequencies(int half) {
    float[] frequencies = new float[half];
    for (int i = 0; i < half; i++) {
      frequencies[i] = (float) Math.pow(0.1, i / (double) half);
    }
    return frequencies;
  }

  private static void assertClose(NDArray expected, NDArray actual, float limit) {
    float worst = expected.sub(actual).abs().max().getFloat();
    assertTrue(worst <= limit, "differs by " + worst);
  }

  /** The formula in plain loops, in double. */
  private record Attention(
      NDArray q, NDArray k, NDArray v, NDArray keys, NDArray values, float[] frequencies) {

    float[] of(float[] slopes, int[] positions, int window, float cap) {
      int heads = slopes.length;
      int headDim = (int) q.getShape().get(2);
      float[] y = new float[positions.length * heads * headDim];
      for (int b = 0; b < positions.length; b++) {
        for (int h = 0; h < heads; h++) {
          double[] attended = attend(b, h, positions[b], slopes[h], window, cap);
          for (int d = 0; d < headDim; d++) {
            y[(b * heads + h) * headDim + d] = (float) attended[d];
          }
        }
      }
      return y;
    }

    private int keyHeads() {
      return (int) keys.getShape().get(1);
    }

    private double[] attend(int b, int head, int position, float slope, int window, float cap) {
      int keyHead = head * keyHeads() / (int) q.getShape().get(1);
      float[] query = rotated(q.get(b, head).toFloatArray(), position);
      double[] scores = new double[position + 1];
      for (int j = 0; j <= position; j++) {
        float[] key =
            j == position
                ? rotated(k.get(b, keyHead).toFloatArray(), position)
                : keys.get(b, keyHead, j).toFloatArray();
        double dot = IntStream.range(0, key.length).mapToDouble(d -> query[d] * key[d]).sum();
        double score = dot / Math.sqrt(key.length);
        scores[j] = (cap == 0 ? score : cap * Math.tanh(score / cap)) + slope * j;
        scores[j] = position - j < window ? scores[j] : Double.NEGATIVE_INFINITY;
      }
      double max = Arrays.stream(scores).max().orElseThrow();
      double sum = Arrays.stream(scores).map(s -> Math.exp(s - max)).sum();
      double[] y = new double[query.length];
      for (int j = 0; j <= position; j++) {
        float[] value =
            (j == position ? v.get(b, keyHead) : values.get(b, keyHead, j)).toFloatArray();
        for (int d = 0; d < y.length; d++) {
          y[d] += Math.exp(scores[j] - max) / sum * value[d];
        }
      }
      return y;
    }

    private float[] rotated(float[] x, int position) {
      float[] y = x.clone();
      int half = frequencies.length;
      for (int i = 0; i < half; i++) {
        double angle = position * frequencies[i];
        y[i] = (float) (x[i] * Math.cos(angle) - x[half + i] * Math.sin(angle));
        y[half + i] = (float) (x[half + i] * Math.cos(angle) + x[i] * Math.sin(angle));
      }
      return y;
    }
  }
}
