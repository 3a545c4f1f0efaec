// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.AttentionMask;
import java.util.ArrayList;
import java.util.List;

/**
 * One layer's work on a single token, being written down as one TorchScript operator: its inputs
 * and its statements. Layers of the same shape give the same text, which is compiled once.
 *
 * <p>Vectors are one-dimensional here, and known by their names. A matrix-vector product is a
 * batched one over slices of the rows, which libtorch runs on all threads at the speed of the
 * memory; its plain product runs on one.
 */
final class TokenScript implements TokenWriter<String> {
  private static final int MOST_SLICES = 16;

  private final NDManager manager;
  private final DecoderSpec spec;
  private final PositionScheme positions;
  private final List<NDArray> inputs = new ArrayList<>();
  private final List<String> parameters = new ArrayList<>();
  private final StringBuilder body = new StringBuilder();
  private int variables;

  /**
   * Begins a layer.
   *
   * @param manager owns the views and small copies that become inputs
   * @param spec the decoder's shape
   * @param positions how order is known
   */
  TokenScript(NDManager manager, DecoderSpec spec, PositionScheme positions) {
    this.manager = manager;
    this.spec = spec;
    this.positions = positions;
  }

  /** Values of a head. */
  int headDim() {
    return spec.headDim();
  }

  /** Owner of what is made for the layer. */
  NDManager manager() {
    return manager;
  }

  /** Makes a weight an input under a fresh handle, and gives its name. */
  String input(NDArray array) {
    NDArray handle = array.reshape(array.getShape());
    handle.attach(manager);
    return ownInput(handle);
  }

  /** Makes an array of this layer's an input, and gives its name. */
  String ownInput(NDArray array) {
    String name = "w" + inputs.size();
    inputs.add(array);
    parameters.add(name + ": Tensor");
    return name;
  }

  /** Names the value of an expression. */
  String let(String expression) {
    String name = "v" + variables++;
    line(name + " = " + expression);
    return name;
  }

  private void line(String statement) {
    body.append("    ").append(statement).append('\n');
  }

  @Override
  public String rmsNorm(String x, NDArray w, double epsilon, double offset) {
    String squares = let("torch.dot(%s, %s)".formatted(x, x));
    String mean = "torch.div(%s, %d)".formatted(squares, w.size());
    String scale = let("torch.rsqrt(torch.add(%s, %s))".formatted(mean, epsilon));
    return let("torch.mul(torch.mul(%s, %s), %s)".formatted(x, scale, weight(w, offset)));
  }

  private String weight(NDArray w, double offset) {
    return offset == 0 ? input(w) : "torch.add(%s, %s)".formatted(input(w), offset);
  }

  @Override
  public String headNorm(String x, NDArray w, double epsilon, double offset) {
    String heads = let("torch.reshape(%s, [-1, %d])".formatted(x, w.size()));
    String mean = "torch.mean(torch.square(%s), [1], True)".formatted(heads);
    String scale = let("torch.rsqrt(torch.add(%s, %s))".formatted(mean, epsilon));
    return let("torch.mul(torch.mul(%s, %s), %s)".formatted(heads, scale, weight(w, offset)));
  }

  @Override
  public String layerNorm(String x, NDArray w, NDArray bias, double epsilon) {
    return let(
        "torch.layer_norm(%s, [%d], %s, %s, %s)"
            .formatted(x, w.size(), input(w), input(bias), epsilon));
  }

  @Override
  public List<String> linears(List<ModuleSlot> slots, String x) {
    return JointTokenLinear.write(this, slots, x)
        .orElseGet(() -> slots.stream().map(slot -> linear(slot, x, "")).toList());
  }

  /** Writes W x + bias + low-rank update + residual, each of the last three if there is one. */
  @Override
  public String linear(ModuleSlot slot, String x, String residual) {
    DenseLinear dense = TokenLinear.dense(slot).orElseThrow();
    String withBias = dense.biasInUse().map(b -> sum(input(b), residual)).orElse(residual);
    String added =
        TokenLinear.activeAdapter(slot)
            .map(adapter -> lowRank(adapter, x, withBias))
            .orElse(withBias);
    return product(dense.matrix(), x, added);
  }

  private String sum(String x, String residual) {
    return residual.isEmpty() ? x : add(x, residual);
  }

  @Override
  public String add(String x, String residual) {
    return let("torch.add(%s, %s)".formatted(residual, x));
  }

  /** Writes scaling · B (A x), the scaling put into a copy of B. */
  private String lowRank(LoraAdapter adapter, String x, String added) {
    NDArray scaled = adapter.b().getArray().mul((float) adapter.scaling());
    scaled.attach(manager);
    return lowRank(input(adapter.a().getArray()), ownInput(scaled), x, added);
  }

  /** Writes B (A x) + added. */
  String lowRank(String a, String b, String x, String added) {
    String hidden = let("torch.mv(%s, %s)".formatted(a, x));
    return let(
        added.isEmpty()
            ? "torch.mv(%s, %s)".formatted(b, hidden)
            : "torch.addmv(%s, %s, %s)".formatted(added, b, hidden));
  }

  /**
   * A matrix-vector product.
   *
   * @param weight shape (out, in)
   * @param x the vector's name
   * @param added the name of a vector to add, or empty
   * @return the name of weight · x + added
   */
  String product(NDArray weight, String x, String added) {
    long out = weight.getShape().get(0);
    long in = weight.getShape().get(1);
    long slices = slices(out);
    NDArray sliced = weight.reshape(new Shape(slices, out / slices, in));
    sliced.attach(manager);
    String w = ownInput(sliced);
    String column =
        "torch.transpose(torch.expand(torch.reshape(%s, [1, 1, -1]), [%d, -1, -1]), 1, 2)"
            .formatted(x, slices);
    return let(
        added.isEmpty()
            ? "torch.reshape(torch.bmm(%s, %s), [-1])".formatted(w, column)
            : "torch.reshape(torch.baddbmm(torch.reshape(%s, [%d, -1, 1]), %s, %s), [-1])"
                .formatted(added, slices, w, column));
  }

  private static long slices(long rows) {
    long slices = MOST_SLICES;
    while (rows % slices != 0) {
      slices /= 2;
    }
    return slices;
  }

  @Override
  public List<String> split(String x, List<Integer> sizes) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int size : sizes) {
      parts.add(let("torch.slice(%s, 0, %d, %d)".formatted(x, from, from + size)));
      from += size;
    }
    return parts;
  }

  @Override
  public List<String> splitGrouped(String qkv) {
    int groups = spec.keyValueHeads();
    int queries = spec.numHeads() / groups;
    String parts =
        let("torch.reshape(%s, [%d, %d, %d])".formatted(qkv, groups, queries + 2, spec.headDim()));
    return List.of(
        let("torch.slice(%s, 1, 0, %d)".formatted(parts, queries)),
        let("torch.select(%s, 1, %d)".formatted(parts, queries)),
        let("torch.select(%s, 1, %d)".formatted(parts, queries + 1)));
  }

  @Override
  public String attend(int layer, List<String> queryKeyValue) {
    List<String> heads =
        queryKeyValue.stream()
            .map(x -> let("torch.reshape(%s, [-1, %d])".formatted(x, spec.headDim())))
            .toList();
    String q = positions.writeRotation(this, heads.get(0));
    remember("keys", positions.writeRotation(this, heads.get(1)));
    remember("values", heads.get(2));
    line(
        "qs = torch.reshape(%s, [1, %d, -1, %d])"
            .formatted(q, spec.keyValueHeads(), spec.headDim()));
    int window = spec.attention().window(layer);
    String from =
        window == AttentionSpec.ALL ? "0" : "ops.prim.max(0, slot + 1 - %d)".formatted(window);
    line("ks = torch.slice(keys, 2, %s, slot + 1)".formatted(from));
    line("vs = torch.slice(values, 2, %s, slot + 1)".formatted(from));
    body.append(spec.attention().scores().attend(mask(from)));
    return let("torch.reshape(y, [-1])");
  }

  private AttentionMask mask(String from) {
    if (!positions.masksTokens()) {
      return AttentionMask.NONE;
    }
    line("mask = torch.slice(mask, 3, %s)".formatted(from));
    return AttentionMask.ADDITIVE;
  }

  private void remember(String cache, String heads) {
    line("torch.copy_(torch.select(torch.select(%s, 0, 0), 1, slot), %s)".formatted(cache, heads));
  }

  @Override
  public String clip(String x, double limit) {
    return let("torch.clamp(%s, %s, %s)".formatted(x, -limit, limit));
  }

  @Override
  public String activate(TokenActivation activation, List<String> x) {
    return let(activation.torchScript(x.toArray(String[]::new)));
  }

  @Override
  public String softCap(String x, double cap) {
    return let("torch.mul(torch.tanh(torch.div(%s, %s)), %s)".formatted(x, cap, cap));
  }

  /** The inputs so far, in order. */
  List<NDArray> inputs() {
    return inputs;
  }

  /**
   * The operator's text.
   *
   * @param leading the parameters that differ from token to token, before the layer's inputs
   * @param result the name of what it returns
   */
  String source(String leading, String result) {
    return "  def forward(self: __torch__.Op, %s, %s) -> Tensor:\n%s    return %s\n"
        .formatted(leading, String.join(", ", parameters), body, result);
  }
}
