// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.djl.kernel.NativeKernels.InstructionSet;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.nn.AttentionPass;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.QkvLayout;
import io.github.lora4j.djl.tape.Tape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The native attention over pages gives what libtorch's operators give. */
class PagedAttentionTest {
  /** Alibi, window and cap, grouped heads and window, plain. */
  private static final List<String> MODELS = List.of("bloom", "gemma2", "mistral", "llama");

  private NativeKernels kernels;
  private InstructionSet before;

  @BeforeEach
  void requireKernels() {
    assumeTrue(NativeKernels.get().isPresent(), "built without a C compiler");
    kernels = NativeKernels.get().orElseThrow();
    before = kernels.instructionSet();
  }

  @AfterEach
  void restore() {
    if (kernels != null) {
      kernels.use(before);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, PLAIN", "3, PLAIN", "16, PLAIN", "100, PLAIN",
    "1, AVX2", "3, AVX2", "16, AVX2", "100, AVX2",
    "1, AVX512", "3, AVX512", "16, AVX512", "100, AVX512"
  })
  void nativeAttentionIsThePortableOne(int pageTokens, InstructionSet set) {
    kernels.use(set);
    for (String name : MODELS) {
      try (DecoderModel model = PagedModels.load(PagedModels.MODELS.resolve(name));
          NDManager scope = model.getNDManager().newSubManager();
          EngineMode mode = EngineMode.inference()) {
        assertSame(model.decoder(), scope, pageTokens, name);
      }
    }
  }

  private static void assertSame(Decoder decoder, NDManager scope, int pageTokens, String name) {
    PageShape shape = PageShape.of(decoder.spec(), pageTokens);
    PagePool pool = new PagePool(700, pageTokens);
    List<SequenceRows> sequences = new ArrayList<>();
    int[][] firstsAndRows = {{0, 1}, {0, 7}, {5, 1}, {63, 1}, {30, 9}, {120, 3}, {0, 66}, {99, 1}};
    for (int[] sequence : firstsAndRows) {
      BlockTable table = new BlockTable(pool);
      table.reserve(sequence[0] + sequence[1]);
      sequences.add(new SequenceRows(new int[sequence[1]], sequence[0], table, "", true));
    }
    StepPlan plan = new StepPlan(new StepRows(sequences));
    try (PageMemory memory = memory(scope, shape, pool.pages())) {
      float[] fast = attended(decoder, scope, memory, plan, PagedAttentions::of);
      float[] plain = attended(decoder, scope, memory, plan, PagedAttentions::portable);
      assertArrayEquals(plain, fast, 1e-5f, name);
    }
  }

  /** Keys and values of tokens before. */
  private static PageMemory memory(NDManager scope, PageShape shape, int pages) {
    NDArray random = scope.randomNormal(0, 1, all(shape, pages), DataType.FLOAT32);
    return new PageMemory(shape, random);
  }

  private static Shape all(PageShape shape, int pages) {
    return new Shape(
        pages, shape.layers(), 2, shape.keyValueHeads(), shape.tokens(), shape.headDim());
  }

  private static float[] attended(
      Decoder decoder,
      NDManager scope,
      PageMemory memory,
      StepPlan plan,
      PagedAttentions.Choice choice) {
    int heads = decoder.spec().numHeads() + 2 * decoder.spec().keyValueHeads();
    long width = (long) heads * decoder.spec().headDim();
    try (NDManager step = scope.newSubManager()) {
      step.getEngine().setRandomSeed(3);
      NDArray qkv =
          step.randomNormal(0, 2, new Shape(plan.tokenIds().length, width), DataType.FLOAT32);
      QkvLayout layout = QkvLayout.columns(decoder.ops(), decoder.spec());
      AttentionPass pass = choice.of(decoder, memory, step).of(step, plan);
      return pass.attend(1, qkv, layout, Tape.NONE).toFloatArray();
    }
  }
}
