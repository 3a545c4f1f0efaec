package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * One layer's work on a single token, being written down as one TorchScript operator: its inputs
 * and its statements. Layers of the same shape give the same text, which is compiled once.
 *
 * <p>Vectors are one-dimensional here. A matrix-vector product is a batched one over slices of the
 * rows, which libtorch runs on all threads at the speed of the memory; its plain product runs on
 * one.
 */
final class TokenScript {
  private static final int MOST_SLICES = 16;

  private final NDManager manager;
  private final List<NDArray> inputs = new ArrayList<>();
  private final List<String> parameters = new ArrayList<>();
  private final StringBuilder body = new StringBuilder();
  private int variables;

  /**
   * Begins a layer.
   *
   * @param manager owns the views and small copies that become inputs
   */
  TokenScript(NDManager manager) {
    this.manager = manager;
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

  /** Adds a statement. */
  void line(String statement) {
    body.append("    ").append(statement).append('\n');
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
