// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptableModule.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Puts a decoder together, module by module, in the names of its checkpoint. An architecture calls
 * it in the order of the data.
 */
public final class DecoderBuilder {
  private final NetworkModules modules;
  private final DecoderSpec spec;
  private final List<DecoderLayer> layers = new ArrayList<>();
  private @Nullable PositionScheme positions;
  private @Nullable ModuleSlot embedding;
  private final List<EmbeddingStep> embeddingSteps = new ArrayList<>();
  private final List<ModuleSlot> exit = new ArrayList<>();
  private @Nullable ModuleSlot head;

  /**
   * Starts a decoder.
   *
   * @param manager owns every weight
   * @param weights where they come from
   * @param spec the decoder's shape
   */
  public DecoderBuilder(NDManager manager, WeightSource weights, DecoderSpec spec) {
    modules = new NetworkModules(manager, weights);
    this.spec = spec;
  }

  /**
   * The operators of this decoder.
   *
   * @return the catalogue
   */
  public TorchOps ops() {
    return modules.ops();
  }

  /**
   * Sets how order is known.
   *
   * @param scheme the scheme
   */
  public void positions(PositionScheme scheme) {
    positions = scheme;
  }

  /**
   * Adds the token embedding, as wide as the hidden states.
   *
   * @param name the module's path
   */
  public void embedding(String name) {
    embedding(name, spec.hiddenSize());
  }

  /**
   * Adds the token embedding.
   *
   * @param name the module's path
   * @param width of its rows; {@link #embeddingProjection} maps another width to the hidden size
   */
  public void embedding(String name, int width) {
    embedding = modules.embedding(name, spec.vocabularySize(), width, spec.embeddingScale());
  }

  /**
   * Adds a layer norm behind the embedding, as BLOOM has it.
   *
   * @param name the module's path
   */
  public void embeddingNorm(String name) {
    embeddingSteps.add(new EmbeddingStep.Through(layerNorm(name)));
  }

  /**
   * Adds a linear map of the embedding's rows to the hidden size, as OPT 350M has it.
   *
   * @param name the module's path
   * @param width of the rows
   */
  public void embeddingProjection(String name, int width) {
    embeddingSteps.add(new EmbeddingStep.Through(linear(name, width, spec.hiddenSize(), false)));
  }

  /**
   * Adds a table of positions to the embedding; order is known by it.
   *
   * @param name the module's path
   * @param offset rows before that of position 0
   * @param counting how positions are counted in a padded batch
   */
  public void learnedPositions(String name, int offset, PositionCounting counting) {
    ModuleSlot rows = modules.embedding(name, spec.maxPositions() + offset, spec.hiddenSize());
    LearnedPositions scheme = new LearnedPositions(rows, offset, counting);
    embeddingSteps.add(scheme);
    positions(scheme);
  }

  /**
   * A root-mean-square norm of hidden states.
   *
   * @param name the module's path
   * @return its place
   */
  public ModuleSlot rmsNorm(String name) {
    return rmsNorm(name, spec.hiddenSize());
  }

  /**
   * A root-mean-square norm.
   *
   * @param name the module's path
   * @param width values that are normed together
   * @return its place
   */
  public ModuleSlot rmsNorm(String name, int width) {
    return modules.rmsNorm(name, width, spec.normEpsilon(), spec.normOffset());
  }

  /**
   * A layer norm with bias.
   *
   * @param name the module's path
   * @return its place
   */
  public ModuleSlot layerNorm(String name) {
    return layerNorm(name, true);
  }

  /**
   * A layer norm.
   *
   * @param name the module's path
   * @param bias whether it has a bias
   * @return its place
   */
  public ModuleSlot layerNorm(String name, boolean bias) {
    return modules.layerNorm(name, spec.hiddenSize(), bias, spec.normEpsilon());
  }

  /**
   * A linear map.
   *
   * @param name the module's path
   * @param in inputs
   * @param out outputs
   * @param bias whether it has a bias
   * @return its place
   */
  public ModuleSlot linear(String name, int in, int out, boolean bias) {
    return modules.linear(name, in, out, bias);
  }

  /**
   * A linear map with bias whose weight is stored (in, out) (transformers: {@code Conv1D}).
   *
   * @param name the module's path
   * @param in inputs
   * @param out outputs
   * @return its place
   */
  public ModuleSlot conv1d(String name, int in, int out) {
    return modules.linear(new AdaptableModule(name, Kind.CONV1D, false, in, out, true));
  }

  /**
   * Linear maps of one input. Their weights are laid together in memory, each a view of its rows;
   * quantised ones lie apart, as each is quantised by itself.
   *
   * @param path what the modules' paths begin with
   * @param names how they end
   * @param in inputs
   * @param outs outputs of each
   * @param bias whether they have biases
   * @return their places
   */
  public List<ModuleSlot> linears(
      String path, List<String> names, int in, List<Integer> outs, boolean bias) {
    return modules.linears(path, names, in, outs, bias);
  }

  /**
   * Adds the next layer, pre-norm: attention, then the feed-forward part.
   *
   * @param attentionNorm the norm before attention
   * @param queryKeyValue the projections into attention
   * @param attentionOutput the projection out of attention
   * @param feedForwardNorm the norm before the feed-forward part
   * @param feedForward the feed-forward part
   */
  public void layer(
      ModuleSlot attentionNorm,
      QueryKeyValue queryKeyValue,
      ModuleSlot attentionOutput,
      ModuleSlot feedForwardNorm,
      FeedForward feedForward) {
    layer(
        attentionNorm,
        queryKeyValue,
        new BranchOutput.Plain(attentionOutput),
        feedForwardNorm,
        feedForward);
  }

  /**
   * Adds the next layer, pre-norm: attention, then the feed-forward part.
   *
   * @param attentionNorm the norm before attention
   * @param queryKeyValue the projections into attention
   * @param attentionOutput the way out of attention
   * @param feedForwardNorm the norm before the feed-forward part
   * @param feedForward the feed-forward part
   */
  public void layer(
      ModuleSlot attentionNorm,
      QueryKeyValue queryKeyValue,
      BranchOutput attentionOutput,
      ModuleSlot feedForwardNorm,
      FeedForward feedForward) {
    layers.add(
        new SequentialLayer(
            attentionNorm,
            new SelfAttention(layers.size(), queryKeyValue, attentionOutput),
            feedForwardNorm,
            feedForward,
            spec.residualAfterNorm()));
  }

  /**
   * Adds the next layer, its two parts reading the same hidden states.
   *
   * @param attentionNorm the norm before attention
   * @param queryKeyValue the projections into attention
   * @param attentionOutput the projection out of attention
   * @param feedForwardNorm the norm before the feed-forward part; may be that before attention
   * @param feedForward the feed-forward part
   */
  public void parallelLayer(
      ModuleSlot attentionNorm,
      QueryKeyValue queryKeyValue,
      ModuleSlot attentionOutput,
      ModuleSlot feedForwardNorm,
      FeedForward feedForward) {
    layers.add(
        new ParallelLayer(
            attentionNorm,
            attention(queryKeyValue, attentionOutput),
            feedForwardNorm,
            feedForward));
  }

  /**
   * Adds the next layer, post-norm: each part's sum with its input is normed.
   *
   * @param queryKeyValue the projections into attention
   * @param attentionOutput the projection out of attention
   * @param attentionNorm the norm after attention
   * @param feedForward the feed-forward part
   * @param feedForwardNorm the norm after the feed-forward part
   */
  public void postNormLayer(
      QueryKeyValue queryKeyValue,
      ModuleSlot attentionOutput,
      ModuleSlot attentionNorm,
      FeedForward feedForward,
      ModuleSlot feedForwardNorm) {
    layers.add(
        new PostNormLayer(
            attention(queryKeyValue, attentionOutput),
            attentionNorm,
            feedForward,
            feedForwardNorm));
  }

  private SelfAttention attention(QueryKeyValue queryKeyValue, ModuleSlot output) {
    return new SelfAttention(layers.size(), queryKeyValue, new BranchOutput.Plain(output));
  }

  /**
   * Adds a module between the last layer and the head: the final norm, a projection.
   *
   * @param module its place
   */
  public void exit(ModuleSlot module) {
    exit.add(module);
  }

  /**
   * Adds the head onto the vocabulary, without bias; a tied one shares the embedding's table.
   *
   * @param name the module's path
   */
  public void head(String name) {
    head(name, false);
  }

  /**
   * Adds the head onto the vocabulary; a tied one shares the embedding's table.
   *
   * @param name the module's path
   * @param bias whether it has a bias
   */
  public void head(String name, boolean bias) {
    ModuleSlot tokens = Objects.requireNonNull(embedding);
    int width = tokens.module().outFeatures();
    AdaptableModule module =
        new AdaptableModule(name, Kind.LINEAR, true, width, spec.vocabularySize(), bias);
    head = spec.tiedHead() ? modules.tiedLinear(module, tokens) : modules.linear(module);
  }

  /**
   * Finishes the decoder.
   *
   * @return the decoder
   */
  public Decoder build() {
    return new Decoder(
        spec,
        modules.ops(),
        Objects.requireNonNull(positions),
        modules.byName(),
        Objects.requireNonNull(embedding),
        embeddingSteps,
        layers,
        exit,
        Objects.requireNonNull(head));
  }
}
