// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.nn.Parameter;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.optim.PagedAdamW;
import io.github.lora4j.optim.StatefulOptimizer;
import io.github.lora4j.target.AdaptableModule.Kind;
import io.github.lora4j.train.LisaConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A few layers at a time, drawn anew every so many steps ({@link LisaConfig}). */
final class LisaLayers implements WhatTrains {
  private final Decoder decoder;
  private final LisaConfig config;
  private final LayerDraw draw;
  private final Optional<StatefulOptimizer> forgetful;
  private final List<Thawed> always = new ArrayList<>();
  private final List<Thawed> layers = new ArrayList<>();
  private final Set<Integer> drawn = new TreeSet<>();
  private List<Integer> active = List.of();

  /**
   * Freezes the model but for what trains always.
   *
   * @param decoder the decoder, without adapters
   * @param config what to draw
   * @param optimizer what keeps state of the parameters
   * @throws ConfigurationException if configuration, model and optimizer do not fit
   */
  LisaLayers(Decoder decoder, LisaConfig config, Optimizer optimizer) {
    this.decoder = decoder;
    this.config = config;
    draw = new LayerDraw(config, decoder.numLayers());
    forgetful = forgetful(config, optimizer);
    decoder.baseParameters().values().forEach(parameter -> parameter.freeze(true));
    try {
      outside(decoder)
          .filter(slot -> config.trainEmbeddings() || slot.module().kind() == Kind.NORM)
          .forEach(slot -> always.add(Thawed.module(slot, decoder.ops())));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static Stream<ModuleSlot> outside(Decoder decoder) {
    Set<ModuleSlot> inside = new HashSet<>();
    for (int layer = 0; layer < decoder.numLayers(); layer++) {
      inside.addAll(decoder.layerModules(layer));
    }
    return decoder.modules().stream().filter(slot -> !inside.contains(slot));
  }

  private static Optional<StatefulOptimizer> forgetful(LisaConfig config, Optimizer optimizer) {
    if (config.keepOptimizerState()) {
      if (!(optimizer instanceof PagedAdamW)) {
        throw new ConfigurationException(
            "LisaConfig: keepOptimizerState keeps the state of every layer that was ever active,"
                + " which only PagedAdamW can put on disk; give the FineTuner an"
                + " optimizer(PagedAdamW…), or leave it out");
      }
      return Optional.empty();
    }
    if (!(optimizer instanceof StatefulOptimizer stateful)) {
      throw new ConfigurationException(
          "LisaConfig: a %s cannot drop the state of layers that are frozen again; use AdamW or PagedAdamW of io.github.lora4j.optim"
              .formatted(optimizer.getClass().getSimpleName()));
    }
    return Optional.of(stateful);
  }

  @Override
  public boolean enter(int step) {
    if ((step - 1) % config.interval() != 0) {
      return false;
    }
    List<Integer> next = draw.next();
    if (next.equals(active)) {
      return false;
    }
    freezeLayers();
    thaw(next);
    return true;
  }

  private void thaw(List<Integer> next) {
    for (int layer : next) {
      decoder.layerModules(layer).forEach(slot -> layers.add(Thawed.module(slot, decoder.ops())));
    }
    drawn.addAll(next);
    active = next;
  }

  /** {@inheritDoc} Layers that were never drawn are the base's own. */
  @Override
  public List<TensorEntry> state() {
    Map<String, TensorEntry> entries = new LinkedHashMap<>();
    frozenAgain()
        .flatMap(slot -> FrozenModule.entries(slot).stream())
        .forEach(entry -> entries.put(entry.name(), entry));
    ParameterValues.entries(thawedParameters()).forEach(entry -> entries.put(entry.name(), entry));
    return List.copyOf(entries.values());
  }

  private Stream<ModuleSlot> frozenAgain() {
    return drawn.stream()
        .filter(layer -> !active.contains(layer))
        .flatMap(layer -> decoder.layerModules(layer).stream());
  }

  private Map<String, Parameter> thawedParameters() {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    Stream.of(always, layers)
        .flatMap(List::stream)
        .forEach(module -> parameters.putAll(module.parameters()));
    return parameters;
  }

  @Override
  public void restore(int step, TensorFile saved) {
    List<Integer> last = active;
    freezeLayers();
    for (int drawnAt = 1 + config.interval(); drawnAt <= step; drawnAt += config.interval()) {
      drawn.addAll(last);
      last = draw.next();
    }
    active = last;
    TorchOp copyInto = decoder.ops().copyInto();
    frozenAgain().forEach(slot -> FrozenModule.restore(slot, saved, copyInto));
    thaw(last);
    ParameterValues.restore(thawedParameters(), saved, copyInto);
  }

  /** The layers that train now. */
  List<Integer> active() {
    return active;
  }

  private void freezeLayers() {
    for (Thawed module : layers) {
      forgetful.ifPresent(optimizer -> module.parameters().keySet().forEach(optimizer::forget));
      module.close();
    }
    layers.clear();
    active = List.of();
  }

  @Override
  public void close() {
    freezeLayers();
    always.forEach(Thawed::close);
    always.clear();
  }
}
