// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import java.util.List;
import java.util.stream.Stream;

/**
 * A module that gets an adapter.
 *
 * @param module the module
 * @param rank rows of A and columns of B
 * @param alpha the numerator of the scaling
 * @param scaling the factor before B A x
 * @param vectors what trains beside the factors, each a vector of outFeatures
 * @param factors which matrices the update is a product of
 */
public record AdaptedModule(
    AdaptableModule module,
    int rank,
    double alpha,
    double scaling,
    List<TensorRole> vectors,
    Factorization factors) {
  /** Copies the list. */
  public AdaptedModule {
    vectors = List.copyOf(vectors);
  }

  /**
   * A module with an update B A.
   *
   * @param module the module
   * @param rank rows of A and columns of B
   * @param alpha the numerator of the scaling
   * @param scaling the factor before B A x
   * @param vectors what trains beside A and B, each a vector of outFeatures
   */
  public AdaptedModule(
      AdaptableModule module, int rank, double alpha, double scaling, List<TensorRole> vectors) {
    this(module, rank, alpha, scaling, vectors, Factorization.of(module));
  }

  /**
   * The same module with an update B diag(E) A.
   *
   * @param config says its rank and scaling
   * @return the module
   */
  public AdaptedModule withSingularValues(AdaLoraConfig config) {
    return new AdaptedModule(
        module, config.rankOf(name()), alpha, config.scaling(), vectors, Factorization.SVD);
  }

  /**
   * The module's full name.
   *
   * @return the name
   */
  public String name() {
    return module.name();
  }

  /**
   * A: (rank, inFeatures), of a convolution (rank, inFeatures, kernel...).
   *
   * @return which tensor it is in an adapter's file
   */
  public PeftTensor a() {
    return tensor(factors.a());
  }

  /**
   * B: (outFeatures, rank), of a convolution (outFeatures, rank, 1...).
   *
   * @return which tensor it is in an adapter's file
   */
  public PeftTensor b() {
    return tensor(factors.b());
  }

  /**
   * All that trains.
   *
   * @return A, B, the singular values if there are any, and the vectors
   */
  public List<PeftTensor> tensors() {
    return Stream.concat(factors.roles().stream(), vectors.stream()).map(this::tensor).toList();
  }

  /**
   * A tensor of this module.
   *
   * @param role what it is to the module
   * @return which tensor it is in an adapter's file
   */
  public PeftTensor tensor(TensorRole role) {
    return new PeftTensor(name(), role);
  }

  /**
   * Whether the module is a table of rows, whose factors PEFT names and starts in its own way.
   *
   * @return true for an embedding
   */
  public boolean isEmbedding() {
    return module.kind() == AdaptableModule.Kind.EMBEDDING;
  }

  long parameterCount() {
    long aRank = module.inFeatures() * module.kernel().size() + module.outFeatures();
    return rank * (aRank + factors.diagonalsPerRank())
        + (long) vectors.size() * module.outFeatures();
  }
}
