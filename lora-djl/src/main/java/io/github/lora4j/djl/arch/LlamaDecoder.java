package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.QueryKeyValue;
import io.github.lora4j.djl.nn.RopeScaling;
import io.github.lora4j.djl.nn.RotaryPositions;

/** Llama's modules in the order of the data, under the names its checkpoints use. */
final class LlamaDecoder {
  private LlamaDecoder() {}

  static Decoder assemble(
      DecoderBuilder builder, DecoderSpec spec, double ropeTheta, RopeScaling ropeScaling) {
    builder.positions(new RotaryPositions(builder.ops(), spec.headDim(), ropeTheta, ropeScaling));
    builder.embedding("model.embed_tokens");
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, "model.layers." + i + ".");
    }
    builder.finalNorm(builder.rmsNorm("model.norm"));
    builder.head("lm_head");
    return builder.build();
  }

  private static void layer(DecoderBuilder builder, DecoderSpec spec, String path) {
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    int queries = spec.numHeads() * spec.headDim();
    int keys = spec.keyValueHeads() * spec.headDim();
    builder.layer(
        builder.rmsNorm(path + "input_layernorm"),
        new QueryKeyValue.Separate(
            builder.linear(path + "self_attn.q_proj", hidden, queries),
            builder.linear(path + "self_attn.k_proj", hidden, keys),
            builder.linear(path + "self_attn.v_proj", hidden, keys)),
        builder.linear(path + "self_attn.o_proj", queries, hidden),
        builder.rmsNorm(path + "post_attention_layernorm"),
        new FeedForward.Gated(
            builder.linear(path + "mlp.gate_proj", hidden, inner),
            builder.linear(path + "mlp.up_proj", hidden, inner),
            builder.linear(path + "mlp.down_proj", inner, hidden),
            builder.ops().siluGate()));
  }
}
