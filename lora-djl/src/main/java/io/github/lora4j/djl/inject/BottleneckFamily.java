// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.BottleneckConfig;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.nn.Bottleneck;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.LayerParts;
import io.github.lora4j.djl.nn.LinearBlock;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.SurroundedLinear;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Bottlenecks behind the parts of a decoder's layers.
 *
 * @param decoder the decoder
 */
record BottleneckFamily(Decoder decoder) implements AdapterFamily<BottleneckConfig> {
  /** The four parameters of a bottleneck. */
  private enum Part {
    DOWN(TensorRole.ADAPTER_DOWN, "adapter_down.%s.weight"),
    DOWN_BIAS(TensorRole.ADAPTER_DOWN_BIAS, "adapter_down.%s.bias"),
    UP(TensorRole.ADAPTER_UP, "adapter_up.%s.weight"),
    UP_BIAS(TensorRole.ADAPTER_UP_BIAS, "adapter_up.%s.bias");

    private final TensorRole role;
    private final String path;

    Part(TensorRole role, String path) {
      this.role = role;
      this.path = path;
    }

    PeftTensor of(ModuleSlot slot) {
      return new PeftTensor(slot.name(), role);
    }

    Shape shape(int features, int width) {
      return switch (this) {
        case DOWN -> new Shape(width, features);
        case DOWN_BIAS -> new Shape(width);
        case UP -> new Shape(features, width);
        case UP_BIAS -> new Shape(features);
      };
    }

    /** Down begins as PyTorch begins linear maps, the rest with zeros. */
    NDArray first(NDManager manager, Shape shape) {
      if (this != DOWN) {
        return manager.zeros(shape, DataType.FLOAT32);
      }
      float bound = (float) (1 / Math.sqrt((double) shape.get(1)));
      return manager.randomUniform(-bound, bound, shape, DataType.FLOAT32);
    }
  }

  @Override
  public Class<BottleneckConfig> configType() {
    return BottleneckConfig.class;
  }

  @Override
  public InstalledAdapter create(String name, BottleneckConfig config, NDManager parent) {
    return install(name, config, parent, Optional.empty());
  }

  @Override
  public InstalledAdapter load(
      String name, BottleneckConfig config, AdapterFile file, boolean strict, NDManager parent) {
    List<PeftTensor> expected =
        places(config).stream()
            .flatMap(slot -> Stream.of(Part.values()).map(part -> part.of(slot)))
            .toList();
    file.check(expected, strict);
    return install(name, config, parent, Optional.of(file));
  }

  private List<ModuleSlot> places(BottleneckConfig config) {
    List<ModuleSlot> places = new ArrayList<>();
    for (int layer = 0; layer < decoder.numLayers(); layer++) {
      LayerParts parts = decoder.layerParts(layer);
      if (config.attention()) {
        places.add(parts.outOfAttention());
      }
      if (config.feedForward()) {
        places.add(parts.outOfFeedForward());
      }
    }
    return places;
  }

  private InstalledAdapter install(
      String name, BottleneckConfig config, NDManager parent, Optional<AdapterFile> file) {
    NDManager manager = parent.newSubManager();
    try {
      PieceValues values = new PieceValues(manager, file);
      Map<ModuleSlot, SurroundedLinear> blocks = new LinkedHashMap<>();
      for (ModuleSlot slot : places(config)) {
        blocks.put(
            slot,
            SurroundedLinear.after(
                decoder.ops(),
                (LinearBlock) slot.base(),
                new Bottleneck(
                    decoder.ops(),
                    function(config),
                    config.scaling(),
                    parameters(slot, config, values)),
                name));
      }
      return new SurroundingAdapter(
          name, config, manager, blocks, values.all(), owner -> refuseMerge(name));
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private static Map<String, Parameter> parameters(
      ModuleSlot slot, BottleneckConfig config, PieceValues values) {
    int features = slot.module().outFeatures();
    int width = (int) Math.max(1, features / config.reductionFactor());
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (Part part : Part.values()) {
      parameters.put(
          part.path, values.parameter(part.of(slot), part.shape(features, width), part::first));
    }
    return parameters;
  }

  private static String function(BottleneckConfig config) {
    return switch (config.activation()) {
      case RELU -> "relu";
      case SWISH -> "silu";
      case GELU -> "gelu";
      case TANH -> "tanh";
    };
  }

  private static Merge refuseMerge(String name) {
    throw new ConfigurationException(
        "adapter \"%s\": a bottleneck is no linear map, so it cannot be merged; save it with saveAdapter"
            .formatted(name));
  }
}
