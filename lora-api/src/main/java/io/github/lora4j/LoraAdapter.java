// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.variant.LoraVariant;
import io.github.lora4j.variant.PlainLora;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The factors of one adapter on one layer: A (rank, in), B (out, rank), their scaling, and what the
 * layer computes of them.
 *
 * <p>Owns its arrays; {@link #close} frees them.
 */
public final class LoraAdapter implements AutoCloseable {
  private final Parameter a;
  private final Parameter b;
  private final double scaling;
  private final float dropout;
  private final NDArray scale;
  private final LoraVariant variant;

  private LoraAdapter(
      Parameter a, Parameter b, double scaling, float dropout, NDArray scale, LoraVariant variant) {
    this.a = a;
    this.b = b;
    this.scaling = scaling;
    this.dropout = dropout;
    this.scale = scale;
    this.variant = variant;
  }

  /**
   * Takes ownership of two factors.
   *
   * @param a the factor A, shape (rank, in)
   * @param b the factor B, shape (out, rank)
   * @param scaling what BA is multiplied by: alpha / rank, or alpha / √rank
   * @param dropout the probability that an input of A is dropped in training, [0, 1)
   * @return the adapter
   * @throws ConfigurationException if the shapes do not fit each other
   */
  public static LoraAdapter own(NDArray a, NDArray b, double scaling, float dropout) {
    return own(a, b, scaling, dropout, PlainLora.INSTANCE);
  }

  /**
   * Takes ownership of two factors and of what is done with them.
   *
   * @param a the factor A, shape (rank, in)
   * @param b the factor B, shape (out, rank)
   * @param scaling what BA is multiplied by: alpha / rank, or alpha / √rank
   * @param dropout the probability that an input of A is dropped in training, [0, 1)
   * @param variant what the layer computes of the factors
   * @return the adapter
   * @throws ConfigurationException if the shapes do not fit each other
   */
  public static LoraAdapter own(
      NDArray a, NDArray b, double scaling, float dropout, LoraVariant variant) {
    Shape shapeA = a.getShape();
    Shape shapeB = b.getShape();
    if (shapeA.dimension() != 2 || shapeB.dimension() != 2 || shapeA.get(0) != shapeB.get(1)) {
      throw new ConfigurationException(
          "LoraAdapter: expected A (rank, in) and B (out, rank), found A "
              + shapeA
              + " and B "
              + shapeB);
    }
    NDManager manager = a.getManager();
    NDArray scale = manager.create((float) scaling);
    return new LoraAdapter(
        parameter(variant.roleOfA().container(), a),
        parameter(variant.roleOfB().container(), b),
        scaling,
        dropout,
        scale,
        variant);
  }

  /**
   * New factors by PEFT's default: A uniform in ±1/√in (Kaiming with a = √5), B zero.
   *
   * @param manager owns the factors
   * @param rank the rank
   * @param in inputs of the layer
   * @param out outputs of the layer
   * @param scaling what BA is multiplied by
   * @param dropout the probability that an input of A is dropped in training, [0, 1)
   * @return the adapter, which changes nothing until B is trained
   */
  public static LoraAdapter zero(
      NDManager manager, int rank, int in, int out, double scaling, float dropout) {
    float bound = (float) (1 / Math.sqrt(in));
    NDArray a = manager.randomUniform(-bound, bound, new Shape(rank, in), DataType.FLOAT32);
    NDArray b = manager.zeros(new Shape(out, rank), DataType.FLOAT32);
    return own(a, b, scaling, dropout);
  }

  /**
   * A frozen parameter that exists already, as all of an adapter's do.
   *
   * @param name its name
   * @param array its value
   * @return the parameter
   */
  public static Parameter parameter(String name, NDArray array) {
    return Parameter.builder()
        .setName(name)
        .setType(Parameter.Type.WEIGHT)
        .optArray(array)
        .optShape(array.getShape())
        .optRequiresGrad(false)
        .build();
  }

  /**
   * The factor A.
   *
   * @return the parameter, shape (rank, in)
   */
  public Parameter a() {
    return a;
  }

  /**
   * The factor B.
   *
   * @return the parameter, shape (out, rank)
   */
  public Parameter b() {
    return b;
  }

  /**
   * The rank r.
   *
   * @return rows of A, columns of B
   */
  public int rank() {
    return (int) a.getShape().get(0);
  }

  /**
   * What BA is multiplied by.
   *
   * @return alpha / rank, or alpha / √rank
   */
  public double scaling() {
    return scaling;
  }

  /**
   * The probability that an input of A is dropped in training.
   *
   * @return the probability, [0, 1)
   */
  public float dropout() {
    return dropout;
  }

  /**
   * The scaling as an array, so that no step has to make one.
   *
   * @return a scalar of this adapter's
   */
  public NDArray scale() {
    return scale;
  }

  /**
   * What the layer computes of the factors.
   *
   * @return the variant, this adapter's own
   */
  public LoraVariant variant() {
    return variant;
  }

  /**
   * Whether this is LoRA and no variant of it: {@code y = base(x) + scaling · B A x}.
   *
   * @return true if so
   */
  public boolean isPlain() {
    return variant == PlainLora.INSTANCE;
  }

  /**
   * Everything of it that can train.
   *
   * @return A, B, and what the variant adds, by what they are
   */
  public Map<TensorRole, Parameter> parameters() {
    Map<TensorRole, Parameter> all = new LinkedHashMap<>();
    all.put(variant.roleOfA(), a);
    all.put(variant.roleOfB(), b);
    all.putAll(variant.parameters());
    return all;
  }

  /**
   * The weight with which the layer alone computes what it computes with this adapter.
   *
   * @param weight the base's weight, shape (out, in); left as it is
   * @param manager owns the result
   * @return the merged weight, shape (out, in)
   */
  public NDArray merged(NDArray weight, NDManager manager) {
    return variant.merged(this, weight, manager);
  }

  /**
   * The product of the factors, scaling · B A. For plain LoRA it is the change of the layer's
   * weight; {@link #merged} is right for all variants.
   *
   * @param manager owns the result
   * @return the change, shape (out, in)
   */
  public NDArray delta(NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray left = b.getArray().stopGradient();
      left.attach(scope);
      NDArray right = a.getArray().stopGradient();
      right.attach(scope);
      NDArray delta = left.matMul(right).mul(scaling);
      delta.attach(manager);
      return delta;
    }
  }

  @Override
  public void close() {
    a.close();
    b.close();
    scale.close();
    variant.close();
  }
}
