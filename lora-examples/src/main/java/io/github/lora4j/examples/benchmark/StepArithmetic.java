// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.examples.benchmark.Product.Direction;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The floating-point operations that a LoRA step cannot do without; a multiplication and an
 * addition are two.
 *
 * <p>With T tokens, for each linear map of size in × out in a layer:
 *
 * <ul>
 *   <li>forward {@code y = x Wᵀ}: 2·T·in·out
 *   <li>backward {@code dx = dy W}: 2·T·in·out, but only if anything below learns; what reads the
 *       same input shares the answer. W itself has no gradient.
 *   <li>with an adapter of rank r, forward {@code h = x Aᵀ, y += h Bᵀ}: 2·T·r·(in + out); backward
 *       {@code dB = dyᵀ h, dh = dy B, dA = dhᵀ x}: 2·T·r·(2·out + in), and {@code dx += dh A}:
 *       2·T·r·in if anything below learns
 * </ul>
 *
 * <p>The head likewise, with the tokens that have something to predict instead of T. Attention over
 * a sequence of L tokens in heads of together width H: each of the L·(L + 1) / 2 pairs of a query
 * and a key it may see takes 2·H for its score and 2·H for its value; backward takes twice that
 * (for queries, keys, values and weights) if anything at or below the projections learns. With
 * checkpointing, the forward of the layers from the first that learns up to the last segment is
 * done again.
 *
 * <p>Not counted: norms, activations, rotations, the softmaxes, the loss and the optimizer.
 */
final class StepArithmetic {
  private final DecoderShape shape;
  private final int tokens;
  private final double pairs;
  private final Map<Product, Integer> products = new LinkedHashMap<>();
  private double lowRank;
  private double attention;
  private boolean learns;

  /**
   * Counts a step.
   *
   * @param shape the model and its adapter
   * @param lengths tokens of each sequence
   * @param learnedTokens tokens that have something to predict
   * @param segmentLayers layers of a segment of gradient checkpointing; all of them if nothing is
   *     computed again
   */
  StepArithmetic(DecoderShape shape, List<Integer> lengths, int learnedTokens, int segmentLayers) {
    this.shape = shape;
    tokens = lengths.stream().mapToInt(length -> length).sum();
    pairs = lengths.stream().mapToDouble(length -> length * (length + 1.0) / 2).sum();
    int first = firstLearning();
    int recomputedTo = lastSegment(first, segmentLayers);
    for (int i = 0; i < shape.layers().size(); i++) {
      boolean again = i >= first && i < recomputedTo;
      layer(shape.layers().get(i), again ? 2 : 1);
    }
    linear(shape.head(), learnedTokens, 1);
  }

  private int firstLearning() {
    for (int i = 0; i < shape.layers().size(); i++) {
      DecoderShape.Layer layer = shape.layers().get(i);
      if (adapted(layer.intoAttention())
          || adapted(layer.outOfAttention())
          || adapted(layer.intoMlp())
          || adapted(layer.outOfMlp())) {
        return i;
      }
    }
    return shape.layers().size();
  }

  private int lastSegment(int first, int segmentLayers) {
    int learning = shape.layers().size() - first;
    return learning == 0 ? first : first + (learning - 1) / segmentLayers * segmentLayers;
  }

  private void layer(DecoderShape.Layer layer, int forwards) {
    group(layer.intoAttention(), forwards);
    double scoresAndValues = 4 * pairs * shape.attentionWidth();
    attention += (forwards + (learns ? 2 : 0)) * scoresAndValues;
    group(layer.outOfAttention(), forwards);
    group(layer.intoMlp(), forwards);
    group(layer.outOfMlp(), forwards);
  }

  /** Linear maps that read the same input. */
  private void group(List<LinearShape> linears, int forwards) {
    linears.forEach(linear -> linear(linear, tokens, forwards));
    learns |= adapted(linears);
  }

  private void linear(LinearShape linear, int rows, int forwards) {
    int in = linear.in();
    int out = linear.out();
    add(new Product(Direction.FORWARD, rows, in, out), forwards);
    lowRank += forwards * linear.lowRankFlop(rows, in + out);
    lowRank += linear.lowRankFlop(rows, 2 * out + in);
    if (learns) {
      add(new Product(Direction.TO_INPUT, rows, in, out), 1);
      lowRank += linear.lowRankFlop(rows, in);
    }
  }

  private void add(Product product, int times) {
    products.merge(product, times, Integer::sum);
  }

  private static boolean adapted(List<LinearShape> linears) {
    return linears.stream().anyMatch(LinearShape::adapted);
  }

  /** The products with the base's weights, and how often each occurs. */
  Map<Product, Integer> products() {
    return Collections.unmodifiableMap(products);
  }

  /** Operations of the products with the base's weights. */
  double baseFlop() {
    return products.entrySet().stream().mapToDouble(e -> e.getKey().flop() * e.getValue()).sum();
  }

  /** Operations of the adapters, the gradients of their factors included. */
  double adapterFlop() {
    return lowRank;
  }

  /** Operations of attention's scores and values. */
  double attentionFlop() {
    return attention;
  }

  /** All operations of the step. */
  double flop() {
    return baseFlop() + lowRank + attention;
  }
}
