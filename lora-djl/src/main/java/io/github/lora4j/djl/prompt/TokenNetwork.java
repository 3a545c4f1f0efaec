// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A small network from vectors to virtual tokens, as one operator.
 *
 * @param inputs width of the vectors
 * @param weights its weights, in the order of the operator's arguments, by PEFT's names
 * @param dropout the probability with which something is dropped in training
 * @param body statements that make y of x; {@code %s} is whether it trains
 */
public record TokenNetwork(int inputs, List<Weight> weights, double dropout, String body) {
  /** Copies the list. */
  public TokenNetwork {
    weights = List.copyOf(weights);
  }

  /**
   * One weight.
   *
   * @param name PEFT's name
   * @param shape its shape
   * @param bound it begins uniform in ±bound, as PyTorch begins it
   */
  public record Weight(String name, Shape shape, double bound) {
    NDArray random(NDManager manager) {
      return bound == 0
          ? manager.zeros(shape, DataType.FLOAT32)
          : manager.randomUniform((float) -bound, (float) bound, shape, DataType.FLOAT32);
    }

    private String argument() {
      return name.replace('.', '_');
    }
  }

  /**
   * Three linear maps with a ReLU between them (PEFT: {@code PromptEncoder} of type MLP).
   *
   * @param width of the vectors and of the tokens
   * @param hidden width between
   * @return the network
   */
  public static TokenNetwork mlp(int width, int hidden) {
    List<Weight> weights = new ArrayList<>();
    addLinear(weights, "mlp_head.0", width, hidden);
    addLinear(weights, "mlp_head.2", hidden, hidden);
    addLinear(weights, "mlp_head.4", hidden, width);
    return new TokenNetwork(width, weights, 0, linears(weights, "relu"));
  }

  /**
   * Two linear maps with a tanh between them (PEFT: {@code PrefixEncoder} with {@code
   * prefix_projection}).
   *
   * @param width of the vectors
   * @param hidden width between
   * @param outputs width of the prefix: layers · 2 · keys
   * @param zero whether the second map begins with zeros
   * @return the network
   */
  public static TokenNetwork projection(int width, int hidden, int outputs, boolean zero) {
    List<Weight> weights = new ArrayList<>();
    addLinear(weights, "transform.0", width, hidden);
    double bound = zero ? 0 : 1 / Math.sqrt(hidden);
    weights.add(new Weight("transform.2.weight", new Shape(outputs, hidden), bound));
    weights.add(new Weight("transform.2.bias", new Shape(outputs), bound));
    return new TokenNetwork(width, weights, 0, linears(weights, "tanh"));
  }

  /**
   * A bidirectional LSTM, and two linear maps with a ReLU between them (PEFT: {@code PromptEncoder}
   * of type LSTM).
   *
   * @param width of the vectors and of the tokens
   * @param hidden width of the LSTM, in each direction
   * @param layers of the LSTM
   * @param dropout between its layers, in training
   * @return the network
   */
  public static TokenNetwork lstm(int width, int hidden, int layers, double dropout) {
    List<Weight> recurrent = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      int inputs = layer == 0 ? width : 2 * hidden;
      for (String direction : List.of("", "_reverse")) {
        String end = "_l" + layer + direction;
        addRecurrent(recurrent, "weight_ih" + end, new Shape(4L * hidden, inputs), hidden);
        addRecurrent(recurrent, "weight_hh" + end, new Shape(4L * hidden, hidden), hidden);
        addRecurrent(recurrent, "bias_ih" + end, new Shape(4L * hidden), hidden);
        addRecurrent(recurrent, "bias_hh" + end, new Shape(4L * hidden), hidden);
      }
    }
    List<Weight> head = new ArrayList<>();
    addLinear(head, "mlp_head.0", 2 * hidden, 2 * hidden);
    addLinear(head, "mlp_head.2", 2 * hidden, width);
    String body =
        """
            state = torch.new_zeros(x, [%d, 1, %d])
            whole, last, cell = torch.lstm(torch.unsqueeze(x, 0), [state, state], [%s], True, %d, %s, %%s, True, True)
            x = torch.squeeze(whole, 0)
        """
            .formatted(
                2 * layers,
                hidden,
                recurrent.stream().map(Weight::argument).collect(Collectors.joining(", ")),
                layers,
                dropout);
    List<Weight> all = Stream.concat(recurrent.stream(), head.stream()).toList();
    return new TokenNetwork(width, all, dropout, body + linears(head, "relu"));
  }

  private static void addRecurrent(List<Weight> weights, String name, Shape shape, int hidden) {
    weights.add(new Weight("lstm_head." + name, shape, 1 / Math.sqrt(hidden)));
  }

  private static void addLinear(List<Weight> weights, String name, int in, int out) {
    double bound = 1 / Math.sqrt(in);
    weights.add(new Weight(name + ".weight", new Shape(out, in), bound));
    weights.add(new Weight(name + ".bias", new Shape(out), bound));
  }

  /** Linear maps, each a weight and a bias, with a function between them. */
  private static String linears(List<Weight> weights, String function) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < weights.size(); i += 2) {
      body.append(
          "    x = torch.linear(%s, %s, %s)\n"
              .formatted(
                  i == 0 ? "x" : "torch." + function + "(x)",
                  weights.get(i).argument(),
                  weights.get(i + 1).argument()));
    }
    return body.toString();
  }

  /** (owner, vectors, weights …) → tokens, in TorchScript. */
  String source(boolean training) {
    String arguments =
        weights.stream()
            .map(weight -> weight.argument() + ": Tensor")
            .collect(Collectors.joining(", "));
    return """
      def forward(self: __torch__.Op, owner: Tensor, x: Tensor, %s) -> Tensor:
    %s    return x
    """
        .formatted(arguments, body.replace("%s", training ? "True" : "False"));
  }
}
