// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.transformer.BertBlock;
import io.github.lora4j.djl.inject.parameter.ParameterModule;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptableModule.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the modules of DJL's blocks are called, and what they are. */
class BlockTreeTest {
  private static List<String> modules(Block block, Shape... inputs) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      block.initialize(manager, DataType.FLOAT32, inputs);
      return BlockTree.modules(block).stream()
          .map(ParameterModule::module)
          .map(BlockTreeTest::described)
          .toList();
    }
  }

  private static String described(AdaptableModule module) {
    String sizes = module.inFeatures() + "→" + module.outFeatures();
    String kernel = module.kernel().dimension() == 0 ? "" : " " + module.kernel();
    return module.name() + " " + module.kind() + " " + sizes + kernel + (module.bias() ? " +" : "");
  }

  @Test
  void theNumberStaysWhereTheNameAloneIsNotEnough() {
    Block block =
        new SequentialBlock()
            .add(Conv2d.builder().setKernelShape(new Shape(3, 2)).setFilters(4).build())
            .add(BatchNorm.builder().build())
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(5).build())
            .add(Linear.builder().setUnits(2).optBias(false).build());
    assertEquals(
        List.of(
            "Conv2d CONVOLUTION 1→4 (3, 2) +",
            "BatchNorm NORM 4→4 +",
            "04Linear LINEAR 8→5 +",
            "05Linear LINEAR 5→2"),
        modules(block, new Shape(1, 1, 4, 2)));
  }

  @Test
  void aBlockUsedTwiceIsOneModule() {
    Block shared = Linear.builder().setUnits(3).build();
    Block block =
        new ParallelBlock(lists -> lists.get(0)).add(shared).add(new SequentialBlock().add(shared));
    assertEquals(List.of("Linear LINEAR 2→3 +"), modules(block, new Shape(1, 2)));
  }

  @Test
  void aLinearAloneHasTheNameOfItsClass() {
    Block block = Linear.builder().setUnits(3).build();
    assertEquals(List.of("Linear LINEAR 2→3 +"), modules(block, new Shape(1, 2)));
  }

  @Test
  void weightsOfOtherNamesAreModulesOfTheirOwn() {
    Block block = LSTM.builder().setStateSize(3).setNumLayers(1).optBatchFirst(true).build();
    List<String> modules = modules(new SequentialBlock().add(block), new Shape(1, 5, 2));
    assertEquals("LSTM.l_0_i2h_WEIGHT MATRIX 2→12", modules.get(0));
  }

  @Test
  void bertsModules() {
    Block block =
        BertBlock.builder()
            .setTokenDictionarySize(11)
            .optTypeDictionarySize(2)
            .optEmbeddingSize(4)
            .optTransformerBlockCount(2)
            .optAttentionHeadCount(2)
            .optHiddenSize(8)
            .optMaxSequenceLength(6)
            .build();
    List<String> modules = modules(block, new Shape(1, 6), new Shape(1, 6), new Shape(1, 6));
    assertEquals(
        List.of(
            "positionEmbedding MATRIX 4→6",
            "tokenEmbedding EMBEDDING 11→4",
            "typeEmbedding EMBEDDING 2→4",
            "embeddingNorm NORM 4→4 +",
            "transformer_0.selfAttention.keyProjection LINEAR 4→4 +",
            "transformer_0.selfAttention.queryProjection LINEAR 4→4 +",
            "transformer_0.selfAttention.valueProjection LINEAR 4→4 +",
            "transformer_0.selfAttention.resultProjection LINEAR 4→4 +",
            "transformer_0.attentionNorm NORM 4→4 +"),
        modules.subList(0, 9));
    assertEquals(21, modules.size());
    assertEquals("poolingProjection " + Kind.LINEAR + " 4→4 +", modules.get(20));
  }
}
