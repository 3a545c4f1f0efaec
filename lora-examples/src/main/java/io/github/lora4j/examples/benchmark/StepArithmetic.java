package io.github.lora4j.examples.benchmark;

/**
 * The floating-point operations that a LoRA step on a llama shape cannot do without, all linears
 * adapted or some.
 *
 * <p>With T tokens in all, for each linear of size in × out:
 *
 * <ul>
 *   <li>forward 2·T·in·out; backward to its input as much, unless nothing below it learns (the
 *       projections of the first layer into attention)
 *   <li>if adapted with rank r: forward 2·T·r·(in + out), backward to A and B as much, and as much
 *       to the input and the middle
 * </ul>
 *
 * <p>Attention over a sequence of L: scores and their use, causal, so L / 2 keys a query: 2·L²·H·D
 * forward for both products together, twice that backward. The head: forward and backward. With
 * checkpointing the forward of the layers but the last segment's again. Norms, activations and the
 * loss are not counted.
 *
 * @param tokens T
 * @param squaredLengths the sum of L² over the sequences
 * @param shape the model's shape
 * @param adapted whether every linear is adapted
 * @param recomputedLayers layers that run forward twice
 */
record StepArithmetic(
    int tokens, double squaredLengths, ShapeOptions shape, boolean adapted, int recomputedLayers) {

  /** Operations of the step, in units of 10⁹. */
  double gigaflop() {
    double forward = layerForward();
    double all = shape.layers * (forward + layerBackward());
    all -= firstLayerInputs();
    all += recomputedLayers * forward;
    all += 2 * 2.0 * tokens * shape.hidden * shape.vocabulary;
    return all / 1e9;
  }

  private double attentionWidth() {
    return (double) shape.heads * shape.headDim();
  }

  private double keyValueWidth() {
    return (double) shape.keyValueHeads() * shape.headDim();
  }

  private double linears() {
    double attention = shape.hidden * (2 * attentionWidth() + 2 * keyValueWidth());
    return attention + 3.0 * shape.hidden * shape.intermediate;
  }

  private double ends() {
    double hidden = shape.hidden;
    return 2 * (hidden + attentionWidth())
        + 2 * (hidden + keyValueWidth())
        + 3 * (hidden + shape.intermediate);
  }

  private double scores() {
    return 2.0 * squaredLengths * attentionWidth();
  }

  private double lowRank() {
    return adapted ? 2.0 * tokens * shape.rank * ends() : 0;
  }

  private double layerForward() {
    return 2.0 * tokens * linears() + lowRank() + scores();
  }

  private double layerBackward() {
    return 2.0 * tokens * linears() + 2 * lowRank() + 2 * scores();
  }

  /** Nothing below the first layer's q, k and v learns. */
  private double firstLayerInputs() {
    return 2.0 * tokens * shape.hidden * (attentionWidth() + 2 * keyValueWidth());
  }
}
