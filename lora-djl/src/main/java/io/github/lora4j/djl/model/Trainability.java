package io.github.lora4j.djl.model;

import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.train.TrainableModules;
import java.util.ArrayList;
import java.util.List;

/** Turns a choice of what trains into unfrozen parameters. */
final class Trainability {
  private Trainability() {}

  static void unfreeze(Decoder decoder, TrainableModules modules) {
    if (modules instanceof TrainableModules.All) {
      decoder.parameters().forEach(pair -> pair.getValue().freeze(false));
    } else if (modules instanceof TrainableModules.Head) {
      unfreeze(head(decoder));
    } else if (modules instanceof TrainableModules.LastLayers last) {
      unfreeze(lastLayers(decoder, last.count()));
    }
  }

  private static List<ModuleSlot> lastLayers(Decoder decoder, int count) {
    if (count > decoder.numLayers()) {
      throw new ConfigurationException(
          "TrainableModules: the last %d layers were asked for, but the model has %d"
              .formatted(count, decoder.numLayers()));
    }
    List<ModuleSlot> slots = new ArrayList<>();
    for (int layer = decoder.numLayers() - count; layer < decoder.numLayers(); layer++) {
      slots.addAll(decoder.layerModules(layer));
    }
    slots.add(decoder.finalNorm());
    slots.addAll(head(decoder));
    return slots;
  }

  /** A tied head is the embedding's table. */
  private static List<ModuleSlot> head(Decoder decoder) {
    return decoder.isHeadTied()
        ? List.of(decoder.embedding(), decoder.head())
        : List.of(decoder.head());
  }

  private static void unfreeze(List<ModuleSlot> slots) {
    for (ModuleSlot slot : slots) {
      for (Pair<String, Parameter> pair : slot.block().getDirectParameters()) {
        pair.getValue().freeze(false);
      }
    }
  }
}
