// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.PromptDimensions;
import io.github.lora4j.PromptLearningConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.VirtualSlot;
import io.github.lora4j.djl.nn.VirtualTokens;
import io.github.lora4j.djl.prompt.StoredTokens;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Virtual tokens before the sequences of a decoder, of one kind.
 *
 * @param configType how they are configured
 * @param decoder the decoder
 * @param slot where they stand
 * @param dimensions the decoder's shape as this kind sees it
 * @param width values of a token as it is stored
 * @param sized gives a configuration the decoder's shape
 * @param fresh makes new tokens, owned by the manager
 * @param <C> the configuration
 */
record VirtualTokensFamily<C extends PromptLearningConfig>(
    Class<C> configType,
    Decoder decoder,
    VirtualSlot slot,
    PromptDimensions dimensions,
    int width,
    BiFunction<C, PromptDimensions, C> sized,
    BiFunction<C, NDManager, VirtualTokens> fresh)
    implements AdapterFamily<C> {

  @Override
  public InstalledAdapter create(String name, C config, NDManager parent) {
    return install(name, config, parent, fresh);
  }

  /** {@inheritDoc} What a network made is trained itself, for the network is not stored. */
  @Override
  public InstalledAdapter load(
      String name, C config, AdapterFile file, boolean strict, NDManager parent) {
    file.check(List.of(VirtualTokensAdapter.STORED), strict);
    return install(name, config, parent, (sized, manager) -> stored(sized, file, manager));
  }

  private VirtualTokens stored(C config, AdapterFile file, NDManager manager) {
    Shape shape = new Shape(config.numVirtualTokens(), width);
    return file.tensor(manager, VirtualTokensAdapter.STORED, shape)
        .<VirtualTokens>map(StoredTokens::new)
        .orElseGet(() -> fresh.apply(config, manager));
  }

  private InstalledAdapter install(
      String name, C config, NDManager parent, BiFunction<C, NDManager, VirtualTokens> make) {
    config.dimensions().ifPresent(this::requireOwn);
    requireRoom(config.numVirtualTokens());
    C complete = sized.apply(config, dimensions);
    NDManager manager = parent.newSubManager();
    try {
      return new VirtualTokensAdapter(name, complete, manager, slot, make.apply(complete, manager));
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private void requireOwn(PromptDimensions said) {
    if (said.tokenDim() != dimensions.tokenDim() || said.numLayers() != dimensions.numLayers()) {
      throw new ConfigurationException(
          "token_dim and num_layers: the adapter is for %d and %d, the model has %d and %d; is it the adapter of another model?"
              .formatted(
                  said.tokenDim(),
                  said.numLayers(),
                  dimensions.tokenDim(),
                  dimensions.numLayers()));
    }
  }

  private void requireRoom(int count) {
    if (count >= decoder.spec().maxPositions()) {
      throw new ConfigurationException(
          "num_virtual_tokens: %d leave no room for a token among the model's %d positions; choose fewer"
              .formatted(count, decoder.spec().maxPositions()));
    }
  }
}
