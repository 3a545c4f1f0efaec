package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.nn.AlibiPositions;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.QueryKeyValue;

/** BLOOM's modules in the order of the data, under the names its checkpoints use. */
final class BloomDecoder {
  private BloomDecoder() {}

  static Decoder assemble(DecoderBuilder builder, DecoderSpec spec) {
    builder.positions(new AlibiPositions(builder.ops(), spec.numHeads()));
    builder.embedding("transformer.word_embeddings");
    builder.embeddingNorm("transformer.word_embeddings_layernorm");
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, "transformer.h." + i + ".");
    }
    builder.finalNorm(builder.layerNorm("transformer.ln_f"));
    builder.head("lm_head");
    return builder.build();
  }

  private static void layer(DecoderBuilder builder, DecoderSpec spec, String path) {
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    builder.layer(
        builder.layerNorm(path + "input_layernorm"),
        new QueryKeyValue.Fused(
            builder.linear(path + "self_attention.query_key_value", hidden, 3 * hidden),
            builder.ops().splitInterleaved(spec.headDim())),
        builder.linear(path + "self_attention.dense", hidden, hidden),
        builder.layerNorm(path + "post_attention_layernorm"),
        new FeedForward.Plain(
            builder.linear(path + "mlp.dense_h_to_4h", hidden, inner),
            builder.linear(path + "mlp.dense_4h_to_h", inner, hidden),
            builder.ops().geluTanh()));
  }
}
