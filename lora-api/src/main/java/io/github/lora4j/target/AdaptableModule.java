// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import ai.djl.ndarray.types.Shape;
import java.util.Objects;

/**
 * A module of a model that owns parameters, as far as adapters need to know it.
 *
 * @param name the full name, as in the checkpoint: {@code model.layers.0.self_attn.q_proj}
 * @param kind what it computes
 * @param outputHead whether it maps hidden states to the vocabulary (transformers: {@code
 *     get_output_embeddings}); false for the head of a classifier
 * @param inFeatures width of the input; rows of an embedding; channels of a convolution's kernel
 * @param outFeatures width of the output; filters of a convolution
 * @param bias whether it has a bias
 * @param kernel the extent of a convolution's kernel, such as (3, 3); () for everything else
 */
public record AdaptableModule(
    String name,
    Kind kind,
    boolean outputHead,
    int inFeatures,
    int outFeatures,
    boolean bias,
    Shape kernel) {

  /** What a module computes. */
  public enum Kind {
    /** x Wᵀ, the weight stored (outFeatures, inFeatures). */
    LINEAR,
    /** x W, the weight stored (inFeatures, outFeatures), as in GPT-2. */
    CONV1D,
    /** A row of a table for each id, stored (rows, width). */
    EMBEDDING,
    /** A convolution, the weight stored (outFeatures, inFeatures, kernel...). */
    CONVOLUTION,
    /** Any other matrix of a block's own, stored (outFeatures, inFeatures); adapted where named. */
    MATRIX,
    /** A normalisation; takes no adapter, but may be saved in full. */
    NORM
  }

  /** Checks that name, kind and kernel are there. */
  public AdaptableModule {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(kernel, "kernel");
  }

  /**
   * A module without a kernel.
   *
   * @param name the full name
   * @param kind what it computes
   * @param outputHead whether it maps hidden states to the vocabulary
   * @param inFeatures width of the input; rows of an embedding
   * @param outFeatures width of the output
   * @param bias whether it has a bias
   */
  public AdaptableModule(
      String name, Kind kind, boolean outputHead, int inFeatures, int outFeatures, boolean bias) {
    this(name, kind, outputHead, inFeatures, outFeatures, bias, new Shape());
  }

  /**
   * The shape of its weight as a model holds it.
   *
   * @return (inFeatures, outFeatures) for the rows of an embedding, (outFeatures) for a norm, else
   *     (outFeatures, inFeatures, kernel...)
   */
  public Shape weightShape() {
    return switch (kind) {
      case LINEAR, CONV1D, MATRIX -> new Shape(outFeatures, inFeatures);
      case CONVOLUTION -> new Shape(outFeatures, inFeatures).addAll(kernel);
      case EMBEDDING -> new Shape(inFeatures, outFeatures);
      case NORM -> new Shape(outFeatures);
    };
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
    return weightShape().size() + biasCount();
  }

  long biasCount() {
    return bias ? outFeatures : 0;
  }
}
