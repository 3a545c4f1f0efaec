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
  private @Nullable ModuleSlot embeddingNorm;
  private @Nullable ModuleSlot finalNorm;
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
   * Adds the token embedding.
   *
   * @param name the module's path
   */
  public void embedding(String name) {
    embedding = modules.embedding(name, spec.vocabularySize(), spec.hiddenSize());
  }

  /**
   * Adds a layer norm behind the embedding, as BLOOM has it.
   *
   * @param name the module's path
   */
  public void embeddingNorm(String name) {
    embeddingNorm = layerNorm(name);
  }

  /**
   * A root-mean-square norm.
   *
   * @param name the module's path
   * @return its place
   */
  public ModuleSlot rmsNorm(String name) {
    return modules.rmsNorm(name, spec.hiddenSize(), spec.normEpsilon());
  }

  /**
   * A layer norm with bias.
   *
   * @param name the module's path
   * @return its place
   */
  public ModuleSlot layerNorm(String name) {
    return modules.layerNorm(name, spec.hiddenSize(), spec.normEpsilon());
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
   * Adds the next layer.
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
    layers.add(
        new DecoderLayer(
            layers.size(),
            attentionNorm,
            queryKeyValue,
            attentionOutput,
            feedForwardNorm,
            feedForward,
            spec.residualAfterNorm()));
  }

  /**
   * Sets the norm after the last layer.
   *
   * @param norm its place
   */
  public void finalNorm(ModuleSlot norm) {
    finalNorm = norm;
  }

  /**
   * Adds the head onto the vocabulary; a tied one shares the embedding's table.
   *
   * @param name the module's path
   */
  public void head(String name) {
    AdaptableModule module =
        new AdaptableModule(
            name, Kind.LINEAR, true, spec.hiddenSize(), spec.vocabularySize(), false);
    head =
        spec.tiedHead()
            ? modules.tiedLinear(module, Objects.requireNonNull(embedding))
            : modules.linear(module);
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
        embeddingNorm,
        layers,
        Objects.requireNonNull(finalNorm),
        Objects.requireNonNull(head));
  }
}
