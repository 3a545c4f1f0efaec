// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.ActivationStep;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptableModule.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts an encoder together, module by module, in the names of its checkpoint. An architecture calls
 * it in the order of the data.
 */
public final class EncoderBuilder {
  private final NetworkModules modules;
  private final EncoderSpec spec;
  private final List<PostNormLayer> layers = new ArrayList<>();
  private @Nullable EncoderEmbedding embedding;
  private @Nullable EncoderHead head;

  /**
   * Starts an encoder.
   *
   * @param manager owns every weight
   * @param weights where they come from
   * @param spec the encoder's shape
   */
  public EncoderBuilder(NDManager manager, WeightSource weights, EncoderSpec spec) {
    modules = new NetworkModules(manager, weights);
    this.spec = spec;
  }

  /**
   * The operators of this encoder.
   *
   * @return the catalogue
   */
  public TorchOps ops() {
    return modules.ops();
  }

  /**
   * Adds the embeddings.
   *
   * @param path what the modules' paths begin with; {@code word_embeddings}, {@code
   *     position_embeddings}, {@code token_type_embeddings} and {@code LayerNorm} follow
   * @param positions which rows of the positions tokens take
   */
  public void embedding(String path, EncoderPositions positions) {
    int hidden = spec.hiddenSize();
    ModuleSlot word = modules.embedding(path + "word_embeddings", spec.vocabularySize(), hidden);
    ModuleSlot position =
        modules.embedding(path + "position_embeddings", spec.maxPositions(), hidden);
    Optional<ModuleSlot> tokenType =
        spec.tokenTypes() == 0
            ? Optional.empty()
            : Optional.of(
                modules.embedding(path + "token_type_embeddings", spec.tokenTypes(), hidden));
    embedding =
        new EncoderEmbedding(word, position, tokenType, layerNorm(path + "LayerNorm"), positions);
  }

  /**
   * Query, key and value of one layer.
   *
   * @param path what the modules' paths begin with
   * @param names how they end, in this order
   * @return the projection
   */
  public QueryKeyValue queryKeyValue(String path, List<String> names) {
    int hidden = spec.hiddenSize();
    int heads = spec.numHeads();
    List<ModuleSlot> linears =
        modules.linears(path, names, hidden, List.of(hidden, hidden, hidden), true);
    return new QueryKeyValue.Separate(
        new LinearMaps(modules.ops(), linears),
        QkvLayout.columns(modules.ops(), heads, hidden / heads));
  }

  /**
   * A linear map with bias.
   *
   * @param name the module's path
   * @param in inputs
   * @param out outputs
   * @return its place
   */
  public ModuleSlot linear(String name, int in, int out) {
    return modules.linear(name, in, out, true);
  }

  /**
   * A layer norm.
   *
   * @param name the module's path
   * @return its place
   */
  public ModuleSlot layerNorm(String name) {
    return modules.layerNorm(name, spec.hiddenSize(), true, spec.normEpsilon());
  }

  /**
   * Adds the next layer.
   *
   * @param queryKeyValue the projections into attention
   * @param attentionOutput the projection out of attention
   * @param attentionNorm the norm behind attention
   * @param feedForward the feed-forward part
   * @param feedForwardNorm the norm behind it
   */
  public void layer(
      QueryKeyValue queryKeyValue,
      ModuleSlot attentionOutput,
      ModuleSlot attentionNorm,
      FeedForward feedForward,
      ModuleSlot feedForwardNorm) {
    SelfAttention attention =
        new SelfAttention(layers.size(), queryKeyValue, new BranchOutput.Plain(attentionOutput));
    layers.add(new PostNormLayer(attention, attentionNorm, feedForward, feedForwardNorm));
  }

  /**
   * Adds a head that classifies a sequence by its first token.
   *
   * @param dense the path of the map before tanh
   * @param out the path of the map onto the labels
   * @param labels how many
   */
  public void sequenceClassifier(String dense, String out, int labels) {
    int hidden = spec.hiddenSize();
    head =
        new EncoderHead.FirstToken(
            modules.ops(),
            linear(dense, hidden, hidden),
            ActivationStep.tanh(modules.ops()),
            linear(out, hidden, labels));
  }

  /**
   * Adds a head that classifies each token.
   *
   * @param name the path of the map onto the labels
   * @param labels how many
   */
  public void tokenClassifier(String name, int labels) {
    head = new EncoderHead.EachToken(linear(name, spec.hiddenSize(), labels));
  }

  /**
   * Adds a head that predicts tokens.
   *
   * @param dense the path of the map before the activation
   * @param activation behind it
   * @param norm the path of the norm behind it
   * @param decoder the path of the map onto the vocabulary
   * @param tied whether its weight is the word embedding's table
   */
  public void maskedLanguageModel(
      String dense, Activation activation, String norm, String decoder, boolean tied) {
    int hidden = spec.hiddenSize();
    AdaptableModule onto =
        new AdaptableModule(decoder, Kind.LINEAR, true, hidden, spec.vocabularySize(), true);
    head =
        new EncoderHead.MaskedLm(
            linear(dense, hidden, hidden),
            activation.step(),
            layerNorm(norm),
            tied
                ? modules.tiedLinear(onto, Objects.requireNonNull(embedding).word())
                : modules.linear(onto));
  }

  /**
   * Finishes the encoder.
   *
   * @return the encoder
   */
  public Encoder build() {
    return new Encoder(
        spec, modules, Objects.requireNonNull(embedding), layers, Objects.requireNonNull(head));
  }
}
