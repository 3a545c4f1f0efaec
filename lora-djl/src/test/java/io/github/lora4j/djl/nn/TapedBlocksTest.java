// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.AdapterRows;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.kernel.FusedLowRankUpdate;
import io.github.lora4j.djl.kernel.RotaryPairing;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.ActivationStep;
import io.github.lora4j.djl.tape.HeadNormStep;
import io.github.lora4j.djl.tape.Tape;
import io.github.lora4j.spi.LowRankUpdate;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptableModule.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The hand-written backward halves of a layer's blocks against libtorch's derivatives. */
class TapedBlocksTest {
  private static final int IN = 12;
  private static final ForwardPass ROWS = ForwardPass.ofRows(false, Tape.NONE);

  private NDManager manager;
  private TorchOps ops;
  private TapedPieces pieces;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
    ops = new TorchOps(manager);
    pieces = new TapedPieces(manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private ModuleSlot slot(WeightBlock block, int out, @Nullable LoraLinear lora) {
    AdaptableModule module = new AdaptableModule("m", Kind.LINEAR, false, IN, out, false);
    ModuleSlot slot = new ModuleSlot(module, new DirectStore(manager), ops, block);
    slot.adapt(lora);
    return slot;
  }

  private LoraLinear lora(DenseLinear base, int out, int rank, LowRankUpdate update) {
    LoraLinear lora = new LoraLinear(base, IN, out, update);
    NDArray a = pieces.trained(rank, IN);
    lora.put("x", LoraAdapter.own(a, pieces.trained(out, rank), 1.75, 0f));
    lora.activate("x");
    return lora;
  }

  private static List<NDArray> factors(LoraLinear lora) {
    return lora.adapters().values().stream()
        .flatMap(adapter -> Stream.of(adapter.a().getArray(), adapter.b().getArray()))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"1, true, true, 0", "5, true, false, 1", "5, false, true, 1", "5, true, false, 0"})
  void rootMeanSquareNorm(int rows, boolean inputLearns, boolean weightTrains, double offset) {
    NDArray weight = weightTrains ? pieces.trained(IN) : pieces.normal(IN);
    ModuleSlot slot = slot(new RmsNorm(ops, weight, 1e-5, offset), IN, null);
    pieces.assertAgree(
        slot::forward,
        ROWS,
        pieces.normal(rows, IN),
        inputLearns,
        weightTrains ? List.of(weight) : List.of());
  }

  @ParameterizedTest
  @CsvSource({"1, true, true", "5, true, false", "5, false, true"})
  void layerNorm(int rows, boolean inputLearns, boolean trains) {
    NDArray weight = trains ? pieces.trained(IN) : pieces.normal(IN);
    NDArray bias = trains ? pieces.trained(IN) : pieces.normal(IN);
    ModuleSlot slot = slot(new LayerNorm(ops, weight, bias, 1e-5), IN, null);
    pieces.assertAgree(
        slot::forward,
        ROWS,
        pieces.normal(rows, IN),
        inputLearns,
        trains ? List.of(weight, bias) : List.of());
  }

  /** A gradient that has come already, as a residual's, is added to. */
  @Test
  void aNormsGradientIsAddedToItsInputs() {
    ModuleSlot slot = slot(new RmsNorm(ops, pieces.normal(IN), 1e-5, 0), IN, null);
    DenseLinear linear = new DenseLinear(ops, pieces.normal(IN, IN), null);
    ModuleSlot out = slot(linear, IN, null);
    pieces.assertAgree(
        (x, pass) -> out.forward(slot.forward(x, pass), x, pass),
        ROWS,
        pieces.normal(4, IN),
        true,
        List.of());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void denseMapWithBiasThatTrainsInFull(boolean inputLearns) {
    NDArray weight = pieces.trained(7, IN);
    NDArray bias = pieces.trained(7);
    ModuleSlot slot = slot(new DenseLinear(ops, weight, bias), 7, null);
    pieces.assertAgree(
        slot::forward, ROWS, pieces.normal(5, IN), inputLearns, List.of(weight, bias));
  }

  @ParameterizedTest
  @CsvSource({"1, true", "6, true", "6, false"})
  void adaptedMap(int rows, boolean inputLearns) {
    DenseLinear base = new DenseLinear(ops, pieces.normal(7, IN), pieces.normal(7));
    LoraLinear lora = lora(base, 7, 3, new FusedLowRankUpdate(ops));
    pieces.assertAgree(
        slot(base, 7, lora)::forward, ROWS, pieces.normal(rows, IN), inputLearns, factors(lora));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void adaptedMapWithResidual(boolean known) {
    DenseLinear base = new DenseLinear(ops, pieces.normal(IN, IN), pieces.trained(IN));
    LowRankUpdate plain = new FusedLowRankUpdate(ops);
    // An update that the tape does not know is an island of libtorch's.
    LowRankUpdate foreign =
        (x, y, a, b, scale) -> LowRankUpdate.PORTABLE.add(x, y, a, b, scale.mul(scale));
    LoraLinear lora = lora(base, IN, 2, known ? plain : foreign);
    List<NDArray> parameters = new ArrayList<>(factors(lora));
    parameters.add(base.bias().inUse().orElseThrow().getArray());
    ModuleSlot slot = slot(base, IN, lora);
    pieces.assertAgree(
        (x, pass) -> slot.forward(x, x, pass), ROWS, pieces.normal(5, IN), true, parameters);
  }

  private LoraLinear severalAdapters(DenseLinear base, int out, LowRankUpdate update) {
    LoraLinear lora = lora(base, out, 3, update);
    lora.put("y", LoraAdapter.own(pieces.trained(2, IN), pieces.trained(out, 2), 0.5, 0f));
    lora.put("z", LoraAdapter.own(pieces.trained(4, IN), pieces.trained(out, 4), 1.5, 0f));
    return lora;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void severalActiveAdaptersAreAdded(boolean inputLearns) {
    DenseLinear base = new DenseLinear(ops, pieces.normal(7, IN), null);
    LoraLinear lora = severalAdapters(base, 7, new FusedLowRankUpdate(ops));
    lora.activate("x", "y", "z", "unknown");
    assertEquals(3, lora.active().size());
    pieces.assertAgree(
        slot(base, 7, lora)::forward, ROWS, pieces.normal(5, IN), inputLearns, factors(lora));
  }

  /** A gap, a range of one adapter, one of two, one without, and one with an unknown name. */
  private static ForwardPass mixedRows() {
    return ROWS.with(
        AdapterRows.of(
            List.of(
                new AdapterRows.Range(1, 4, List.of("x")),
                new AdapterRows.Range(4, 5, List.of("z", "y")),
                new AdapterRows.Range(5, 6, List.of()),
                new AdapterRows.Range(6, 9, List.of("y", "unknown")))));
  }

  /** The update that the tape does not know is an island, which takes rows apart itself. */
  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true"})
  void rowsWithAdaptersOfTheirOwn(boolean known, boolean inputLearns) {
    DenseLinear base = new DenseLinear(ops, pieces.normal(7, IN), pieces.trained(7));
    LowRankUpdate foreign =
        (x, y, a, b, scale) -> LowRankUpdate.PORTABLE.add(x, y, a, b, scale.mul(scale));
    LoraLinear lora = severalAdapters(base, 7, known ? new FusedLowRankUpdate(ops) : foreign);
    List<NDArray> parameters = new ArrayList<>(factors(lora));
    parameters.add(base.bias().inUse().orElseThrow().getArray());
    pieces.assertAgree(
        slot(base, 7, lora)::forward, mixedRows(), pieces.normal(10, IN), inputLearns, parameters);
  }

  @Test
  void jointMapsWithAdaptersOfTheirOwnRows() {
    List<NDArray> parameters = new ArrayList<>();
    LinearMaps maps = joint(parameters, new FusedLowRankUpdate(ops), false, true);
    ForwardPass rows =
        ROWS.with(
            AdapterRows.of(
                List.of(
                    new AdapterRows.Range(0, 2, List.of()),
                    new AdapterRows.Range(2, 5, List.of("x")))));
    pieces.assertAgree(maps::forward, rows, pieces.normal(7, IN), true, parameters);
  }

  /** Three maps whose weights are views of one array; the second has no adapter. */
  @ParameterizedTest
  @CsvSource({"1, true", "6, true", "6, false"})
  void jointMaps(int rows, boolean inputLearns) {
    List<NDArray> parameters = new ArrayList<>();
    pieces.assertAgree(
        joint(parameters, new FusedLowRankUpdate(ops), false, true)::forward,
        ROWS,
        pieces.normal(rows, IN),
        inputLearns,
        parameters);
  }

  @Test
  void jointMapsThatTrainInFull() {
    List<NDArray> parameters = new ArrayList<>();
    LinearMaps maps = joint(parameters, new FusedLowRankUpdate(ops), true, true);
    pieces.assertAgree(maps::forward, ROWS, pieces.normal(6, IN), true, parameters);
  }

  @Test
  void jointMapsOfWhichOneIsAnIsland() {
    List<NDArray> parameters = new ArrayList<>();
    LowRankUpdate foreign = (x, y, a, b, s) -> LowRankUpdate.PORTABLE.add(x, y, a, b, s.mul(s));
    LinearMaps maps = joint(parameters, foreign, false, false);
    pieces.assertAgree(maps::forward, ROWS, pieces.normal(6, IN), true, parameters);
  }

  private LinearMaps joint(
      List<NDArray> parameters, LowRankUpdate update, boolean full, boolean biases) {
    List<Integer> outs = List.of(4, 3, 5);
    JointWeight joint = new JointWeight(pieces.normal(12, IN), outs);
    List<ModuleSlot> slots = new ArrayList<>();
    for (int i = 0; i < outs.size(); i++) {
      int out = outs.get(i);
      NDArray span = manager.create(new long[] {joint.offset(i), joint.offset(i) + out});
      NDArray rows = ops.viewRows().apply(joint.rows(), span);
      NDArray bias = biases ? pieces.trained(out) : null;
      if (bias != null) {
        parameters.add(bias);
      }
      DenseLinear linear = new DenseLinear(ops, rows, bias, joint);
      LoraLinear lora = i == 1 ? null : lora(linear, out, 2 + i, update);
      if (lora != null) {
        parameters.addAll(factors(lora));
      }
      if (full) {
        rows.setRequiresGradient(true);
        parameters.add(rows);
      }
      slots.add(slot(linear, out, lora));
    }
    return new LinearMaps(ops, slots);
  }

  @Test
  void siluGate() {
    ActivationStep gate = ActivationStep.siluGate(ops);
    pieces.assertAgree(
        (x, pass) -> gate.forward(x, pass.tape()), ROWS, pieces.normal(5, 14), true, List.of());
  }

  @Test
  void geluTanhGate() {
    ActivationStep gate = ActivationStep.geluTanhGate(ops);
    pieces.assertAgree(
        (x, pass) -> gate.forward(x, pass.tape()), ROWS, pieces.normal(5, 14), true, List.of());
  }

  @Test
  void softCap() {
    ActivationStep cap = ActivationStep.softCap(ops, 0.8);
    pieces.assertAgree(
        (x, pass) -> cap.forward(x, pass.tape()), ROWS, pieces.normal(5, 7), true, List.of());
  }

  @ParameterizedTest
  @CsvSource({"true, true, 0", "true, false, 1", "false, true, 1"})
  void headNorms(boolean inputLearns, boolean trains, double offset) {
    DecoderSpec spec = DecoderSpec.builder().numHeads(4).keyValueHeads(2).headDim(6).build();
    HeadNormStep step = new HeadNormStep(QkvLayout.columns(ops, spec).ops(), 1e-5, offset);
    NDArray wq = trains ? pieces.trained(6) : pieces.normal(6);
    NDArray wk = trains ? pieces.trained(6) : pieces.normal(6);
    pieces.assertAgree(
        (x, pass) -> step.forward(x, wq, wk, pass.tape()),
        ROWS,
        pieces.normal(5, 8 * 6),
        inputLearns,
        trains ? List.of(wq, wk) : List.of());
  }

  @Test
  void aNormBehindAMap() {
    ModuleSlot norm = slot(new RmsNorm(ops, pieces.normal(IN), 1e-5, 1), IN, null);
    ModuleSlot linear = slot(new DenseLinear(ops, pieces.normal(IN, IN), null), IN, null);
    BranchOutput output = new BranchOutput.Normed(linear, norm);
    pieces.assertAgree(
        (x, pass) -> output.forward(x, x, pass), ROWS, pieces.normal(4, IN), true, List.of());
  }

  @Test
  void geluTanh() {
    ActivationStep gelu = ActivationStep.geluTanh(ops);
    pieces.assertAgree(
        (x, pass) -> gelu.forward(x, pass.tape()), ROWS, pieces.normal(5, 7), true, List.of());
  }

  static Stream<Function<TorchOps, ActivationStep>> activations() {
    return Stream.of(
        ActivationStep::gelu,
        ActivationStep::relu,
        ActivationStep::silu,
        ops -> ActivationStep.clamp(ops, 0.7));
  }

  @ParameterizedTest
  @MethodSource("activations")
  void activationsOfOneInput(Function<TorchOps, ActivationStep> make) {
    ActivationStep step = make.apply(ops);
    pieces.assertAgree(
        (x, pass) -> step.forward(x, pass.tape()), ROWS, pieces.normal(5, 7), true, List.of());
  }

  /** Some values of a head rotate, in either pairing; queries lie in groups. */
  @ParameterizedTest
  @CsvSource({"4, 2, 8, HALVES", "6, 3, 4, HALVES", "6, 2, 4, NEIGHBOURS", "4, 4, 6, NEIGHBOURS"})
  void partlyRotatedAttentionOverGroups(
      int heads, int keyValueHeads, int rotaryDim, RotaryPairing pairing) {
    DecoderSpec spec =
        DecoderSpec.builder()
            .numLayers(1)
            .numHeads(heads)
            .keyValueHeads(keyValueHeads)
            .headDim(8)
            .build();
    PositionScheme positions =
        new RotaryPositions(rotaryDim, 10_000, new RopeScaling.None(), pairing);
    int width = (heads + 2 * keyValueHeads) * 8;
    attention(positions, QkvLayout.grouped(ops, spec), spec.attention(), width);
  }

  @ParameterizedTest
  @CsvSource({"4, 4", "4, 2", "6, 1"})
  void rotatedCausalAttentionOverRunsOfSequences(int heads, int keyValueHeads) {
    DecoderSpec spec =
        DecoderSpec.builder()
            .numLayers(1)
            .numHeads(heads)
            .keyValueHeads(keyValueHeads)
            .headDim(8)
            .build();
    PositionScheme positions = new RotaryPositions(8, 10_000, new RopeScaling.None());
    int width = (heads + 2 * keyValueHeads) * 8;
    attention(positions, QkvLayout.columns(ops, spec), spec.attention(), width);
  }

  @ParameterizedTest
  @CsvSource({"3, 0", "2, 1.5", "100, 1.5"})
  void attentionWithinAWindowAndUnderASoftCap(int window, double cap) {
    DecoderSpec spec =
        DecoderSpec.builder()
            .numHeads(4)
            .keyValueHeads(2)
            .headDim(8)
            .attentionScale(0.7)
            .attentionSoftCap(cap == 0 ? OptionalDouble.empty() : OptionalDouble.of(cap))
            .attentionWindows(List.of(window))
            .build();
    PositionScheme positions = new RotaryPositions(4, 10_000, new RopeScaling.None());
    attention(positions, QkvLayout.columns(ops, spec), spec.attention(), 8 * 8);
  }

  @Test
  void attentionUnderLinearBiasesOverInterleavedHeads() {
    DecoderSpec spec = DecoderSpec.builder().numLayers(1).numHeads(3).headDim(8).build();
    QkvLayout layout = QkvLayout.interleaved(ops, spec);
    attention(AlibiPositions.ofFalcon(ops, 3, 8), layout, spec.attention(), 3 * 3 * 8);
    attention(new AlibiPositions(ops, 3), layout, spec.attention(), 3 * 3 * 8);
  }

  private void attention(
      PositionScheme positions, QkvLayout layout, AttentionSpec attention, int width) {
    RaggedBatch batch =
        RaggedBatch.of(List.of(new int[3], new int[3], new int[1], new int[5], new int[3]));
    ForwardPass pass =
        new ForwardPass(
            positions.rotation(manager, batch.positions()),
            new SequenceAttention(
                manager, new AttentionMasks(manager, ops, positions, attention), attention, batch),
            false,
            LayerSeeds.NONE);
    pieces.assertAgree(
        (x, p) -> {
          // Not the input itself, for it is written over.
          NDArray qkv = new LinearMaps(ops, List.of(identity(width))).forward(x, p);
          NDArray rotated = p.rotation().apply(qkv, layout, p.tape());
          return p.attention().attend(0, rotated, layout, p.tape());
        },
        pass,
        pieces.normal(batch.size(), width),
        true,
        List.of());
  }

  private ModuleSlot identity(int width) {
    AdaptableModule module = new AdaptableModule("m", Kind.LINEAR, false, width, width, false);
    DenseLinear linear =
        new DenseLinear(ops, manager.eye(width).reshape(new Shape(width, width)), null);
    return new ModuleSlot(module, new DirectStore(manager), ops, linear);
  }
}
