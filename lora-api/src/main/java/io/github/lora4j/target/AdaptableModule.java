package io.github.lora4j.target;

import java.util.Objects;

/**
 * A module of a model that owns parameters, as far as adapters need to know it.
 *
 * @param name the full name, as in the checkpoint: {@code model.layers.0.self_attn.q_proj}
 * @param kind what it computes
 * @param outputHead whether it maps hidden states to the vocabulary (transformers: {@code
 *     get_output_embeddings}); false for the head of a classifier
 * @param inFeatures width of the input; rows of an embedding
 * @param outFeatures width of the output
 * @param bias whether it has a bias
 */
public record AdaptableModule(
    String name, Kind kind, boolean outputHead, int inFeatures, int outFeatures, boolean bias) {

  /** What a module computes. */
  public enum Kind {
    /** x Wᵀ, the weight stored (outFeatures, inFeatures). */
    LINEAR,
    /** x W, the weight stored (inFeatures, outFeatures), as in GPT-2. */
    CONV1D,
    /** A row of a table for each id, stored (rows, width). */
    EMBEDDING,
    /** A normalisation; takes no adapter, but may be saved in full. */
    NORM
  }

  /** Checks that name and kind are there. */
  public AdaptableModule {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
  }

  /**
   * Whether it is a linear map, however its weight is stored.
   *
   * @return true for {@link Kind#LINEAR} and {@link Kind#CONV1D}
   */
  public boolean isLinear() {
    return kind == Kind.LINEAR || kind == Kind.CONV1D;
  }

  boolean takesAdapter() {
    return kind != Kind.NORM;
  }

  /**
   * How many parameters the module has.
   *
   * @return weight and bias together
   */
  public long parameterCount() {
    long weight = kind == Kind.NORM ? outFeatures : (long) inFeatures * outFeatures;
    return weight + biasCount();
  }

  long biasCount() {
    return bias ? outFeatures : 0;
  }
}
