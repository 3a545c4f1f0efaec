// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.SurroundedLinear;
import io.github.lora4j.peft.PeftTensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Learned pieces around linear modules of a network: (IA)³, bottlenecks. Owns the pieces'
 * parameters.
 */
final class SurroundingAdapter implements InstalledAdapter {
  private final AdapterConfig config;
  private final NDManager manager;
  private final Map<ModuleSlot, SurroundedLinear> blocks;
  private final Map<PeftTensor, Parameter> trained;
  private final Function<NDManager, Merge> merge;
  private String name;
  private boolean active;

  /**
   * Puts pieces on a network, inactive.
   *
   * @param name the adapter's name
   * @param config the configuration as it is to be stored
   * @param manager owns the parameters; closed with this
   * @param blocks what stands in a place while this is active
   * @param trained the parameters, in the order of the file
   * @param merge merges them, or refuses
   */
  SurroundingAdapter(
      String name,
      AdapterConfig config,
      NDManager manager,
      Map<ModuleSlot, SurroundedLinear> blocks,
      Map<PeftTensor, Parameter> trained,
      Function<NDManager, Merge> merge) {
    this.name = name;
    this.config = config;
    this.manager = manager;
    this.blocks = new LinkedHashMap<>(blocks);
    this.trained = Collections.unmodifiableMap(new LinkedHashMap<>(trained));
    this.merge = merge;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public AdapterConfig config() {
    return config;
  }

  @Override
  public List<PeftTensor> storedTensors() {
    return new ArrayList<>(trained.keySet());
  }

  @Override
  public Map<PeftTensor, Parameter> trained() {
    return trained;
  }

  @Override
  public void rename(String to) {
    blocks.values().forEach(block -> block.rename(to));
    name = to;
  }

  @Override
  public void activate() {
    blocks.forEach(ModuleSlot::standIn);
    active = true;
  }

  @Override
  public void deactivate() {
    if (active) {
      blocks.keySet().forEach(slot -> slot.standIn(null));
      active = false;
    }
  }

  @Override
  public Merge merge(AdapterHost host, NDManager parent) {
    return merge.apply(parent);
  }

  @Override
  public void close() {
    deactivate();
    manager.close();
  }
}
