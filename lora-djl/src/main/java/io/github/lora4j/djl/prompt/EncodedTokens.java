// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.VirtualTokens;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Virtual tokens that a network makes of vectors, both learned (PEFT: {@code PromptEncoder}, and
 * {@code PrefixEncoder} with a projection).
 */
public final class EncodedTokens implements VirtualTokens {
  private final TorchOps ops;
  private final TokenNetwork network;
  private final int count;
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();

  private EncodedTokens(TorchOps ops, TokenNetwork network, int count) {
    this.ops = ops;
    this.count = count;
    this.network = network;
  }

  /**
   * Begins with vectors from N(0, 1) and a network as PyTorch begins it.
   *
   * @param ops the operators
   * @param network the network
   * @param count how many tokens
   * @param manager owns the parameters
   * @return the tokens, frozen
   */
  public static EncodedTokens random(
      TorchOps ops, TokenNetwork network, int count, NDManager manager) {
    EncodedTokens tokens = new EncodedTokens(ops, network, count);
    Shape shape = new Shape(count, network.inputs());
    tokens.put(TokenParameters.EMBEDDING, manager.randomNormal(0f, 1f, shape, DataType.FLOAT32));
    for (TokenNetwork.Weight weight : network.weights()) {
      tokens.put(weight.name(), weight.random(manager));
    }
    return tokens;
  }

  private void put(String name, NDArray value) {
    parameters.put(name, TokenParameters.of(name, value));
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public NDArray values(NDArray owner, boolean training) {
    TorchOp op = ops.op(network.source(training));
    return op.apply(
        Stream.concat(Stream.of(owner), parameters.values().stream().map(Parameter::getArray))
            .toArray(NDArray[]::new));
  }

  @Override
  public Map<String, Parameter> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  @Override
  public boolean hasDropout() {
    return network.dropout() > 0;
  }
}
