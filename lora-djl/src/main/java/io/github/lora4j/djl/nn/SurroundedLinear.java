// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.Tape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** after(base(before(x))): a linear module with a learned piece at one of its ends. */
public final class SurroundedLinear extends WrappedBlock implements Taped {
  private final TorchOps ops;
  private final LinearBlock base;
  private final Optional<LearnedPiece> before;
  private final Optional<LearnedPiece> after;

  private SurroundedLinear(
      TorchOps ops,
      LinearBlock base,
      Optional<LearnedPiece> before,
      Optional<LearnedPiece> after,
      String adapter) {
    super(base.linearWeight().in(), adapter);
    this.ops = ops;
    this.base = base;
    this.before = before;
    this.after = after;
  }

  /**
   * Puts a piece before a module.
   *
   * @param ops the operators
   * @param base the module, not owned
   * @param piece maps its inputs
   * @param adapter the name of the piece's adapter
   * @return the block
   */
  public static SurroundedLinear before(
      TorchOps ops, LinearBlock base, LearnedPiece piece, String adapter) {
    return new SurroundedLinear(ops, base, Optional.of(piece), Optional.empty(), adapter);
  }

  /**
   * Puts a piece behind a module.
   *
   * @param ops the operators
   * @param base the module, not owned
   * @param piece maps its outputs, bias included
   * @param adapter the name of the piece's adapter
   * @return the block
   */
  public static SurroundedLinear after(
      TorchOps ops, LinearBlock base, LearnedPiece piece, String adapter) {
    return new SurroundedLinear(ops, base, Optional.empty(), Optional.of(piece), adapter);
  }

  @Override
  public LinearBlock base() {
    return base;
  }

  @Override
  Map<String, Parameter> learned() {
    Map<String, Parameter> learned = new LinkedHashMap<>();
    Stream.of(before, after)
        .flatMap(Optional::stream)
        .flatMap(piece -> piece.parameters().entrySet().stream())
        .forEach(entry -> learned.put(entry.getKey().formatted(adapter()), entry.getValue()));
    return learned;
  }

  @Override
  protected NDArray apply(NDArray x) {
    NDArray input = before.map(piece -> piece.apply(x)).orElse(x);
    NDArray y = base.apply(input);
    return after.map(piece -> piece.apply(y)).orElse(y);
  }

  @Override
  public NDArray forward(NDArray x, Tape tape) {
    NDArray input = before.map(piece -> island(piece, x, tape)).orElse(x);
    NDArray y =
        new LinearMap(base, List.of())
            .step(ops)
            .forward(input, Optional.empty(), tape.isRecording(), tape);
    return after.map(piece -> island(piece, y, tape)).orElse(y);
  }

  private static NDArray island(LearnedPiece piece, NDArray x, Tape tape) {
    boolean trains = piece.parameters().values().stream().anyMatch(Parameter::requiresGradient);
    return tape.island(x, trains, piece::apply);
  }

  @Override
  public WeightBlock withWeights(BiFunction<String, NDArray, NDArray> weights) {
    return base.withWeights(weights);
  }
}
