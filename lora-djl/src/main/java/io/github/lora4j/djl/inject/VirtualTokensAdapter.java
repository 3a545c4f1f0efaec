// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.PromptLearningConfig;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.nn.VirtualSlot;
import io.github.lora4j.djl.nn.VirtualTokens;
import io.github.lora4j.peft.PeftNames;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Virtual tokens before every sequence of a decoder. Owns their parameters. */
final class VirtualTokensAdapter implements InstalledAdapter {
  /** The one tensor of the file. */
  static final PeftTensor STORED = new PeftTensor("", TensorRole.PROMPT_EMBEDDINGS);

  private final PromptLearningConfig config;
  private final NDManager manager;
  private final VirtualSlot slot;
  private final VirtualTokens tokens;
  private final Map<PeftTensor, Parameter> trained = new LinkedHashMap<>();
  private String name;
  private boolean active;

  /**
   * Puts tokens on a decoder, inactive.
   *
   * @param name the adapter's name
   * @param config the configuration, with the decoder's shape
   * @param manager owns the tokens' parameters; closed with this
   * @param slot where they stand
   * @param tokens the tokens
   */
  VirtualTokensAdapter(
      String name,
      PromptLearningConfig config,
      NDManager manager,
      VirtualSlot slot,
      VirtualTokens tokens) {
    this.name = name;
    this.config = config;
    this.manager = manager;
    this.slot = slot;
    this.tokens = tokens;
    tokens
        .parameters()
        .forEach(
            (path, parameter) ->
                trained.put(new PeftTensor(path, TensorRole.PROMPT_ENCODER), parameter));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PromptLearningConfig config() {
    return config;
  }

  @Override
  public List<PeftTensor> storedTensors() {
    return List.of(STORED);
  }

  /** {@inheritDoc} What a network makes is stored, not the network, as PEFT does. */
  @Override
  public Optional<TensorEntry> ownEntry(String entry, PeftTensor tensor) {
    try (NDManager scope = manager.newSubManager();
        NDArray owner = scope.create(0f);
        EngineMode mode = EngineMode.inference()) {
      return Optional.of(
          TensorEntry.computed(
              entry, tokens.values(owner, false).getShape(), StoredType.F32, this::copy));
    }
  }

  private NDArray copy() {
    try (NDManager scope = manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      NDArray copy = tokens.values(scope.create(0f), false).duplicate();
      copy.attach(manager);
      return copy;
    }
  }

  @Override
  public Map<PeftTensor, Parameter> trained() {
    return trained;
  }

  @Override
  public void rename(String to) {
    name = to;
    if (active) {
      activate();
    }
  }

  @Override
  public void activate() {
    slot.use(new Named(tokens, name));
    active = true;
  }

  @Override
  public void deactivate() {
    if (active) {
      slot.use(null);
      active = false;
    }
  }

  @Override
  public Merge merge(AdapterHost host, NDManager parent) {
    throw new ConfigurationException(
        "adapter \"%s\": one of the kind %s adds tokens and changes no weight, so it cannot be merged; save it with saveAdapter"
            .formatted(name, config.peftType()));
  }

  @Override
  public void close() {
    deactivate();
    manager.close();
  }

  /**
   * The tokens, their parameters under the names they have in PEFT's memory.
   *
   * @param tokens the tokens
   * @param adapter the adapter's name
   */
  private record Named(VirtualTokens tokens, String adapter) implements VirtualTokens {
    @Override
    public int count() {
      return tokens.count();
    }

    @Override
    public NDArray values(NDArray owner, boolean training) {
      return tokens.values(owner, training);
    }

    @Override
    public Map<String, Parameter> parameters() {
      Map<String, Parameter> named = new LinkedHashMap<>();
      tokens
          .parameters()
          .forEach(
              (path, parameter) ->
                  named.put(
                      PeftNames.memoryName(
                          new PeftTensor(path, TensorRole.PROMPT_ENCODER), adapter, List.of()),
                      parameter));
      return named;
    }

    @Override
    public boolean hasDropout() {
      return tokens.hasDropout();
    }
  }
}
