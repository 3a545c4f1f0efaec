// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.inject.AdapterFile;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.nn.PlacedLora;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.variant.EmbeddingLora;
import io.github.lora4j.variant.LoraVariant;
import io.github.lora4j.variant.PlainLora;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The factors of one adapter as views of the pool's memory: A as it is, and of B its transpose, of
 * which a row goes to all outputs at once. Owns the views, the pages not.
 */
final class PagedFactors implements AutoCloseable {
  private final PlannedSheet sheet;
  private final Placement placement;
  private final PageMemory memory;
  private final NDManager manager;
  private final List<LoraAdapter> adapters = new ArrayList<>();

  private PagedFactors(
      PlannedSheet sheet, Placement placement, PageMemory memory, NDManager parent) {
    this.sheet = sheet;
    this.placement = placement;
    this.memory = memory;
    manager = parent.newSubManager();
  }

  /** Reads an adapter's file into its pages. */
  static PagedFactors read(
      PlannedSheet sheet,
      Placement placement,
      PageMemory memory,
      TorchOp copyInto,
      NDManager parent) {
    PagedFactors factors = new PagedFactors(sheet, placement, memory, parent);
    try (AdapterFile file = AdapterFile.open(sheet.directory());
        EngineMode mode = EngineMode.inference()) {
      file.check(sheet.plan().storedTensors(), true);
      factors.read(file, copyInto);
      return factors;
    } catch (RuntimeException e) {
      factors.close();
      throw e;
    }
  }

  private void read(AdapterFile file, TorchOp copyInto) {
    for (int i = 0; i < sheet.modules().size(); i++) {
      AdaptedModule module = sheet.modules().get(i);
      try (NDManager scope = manager.newSubManager()) {
        NDArray a = view(2 * i, new Shape(module.rank(), module.module().inFeatures()));
        copyInto.apply(a, file.a(scope, module)).close();
        NDArray bt = view(2 * i + 1, new Shape(module.rank(), module.module().outFeatures()));
        bt.attach(scope);
        NDArray b = bt.transpose();
        b.attach(manager);
        copyInto.apply(b, file.b(scope, module)).close();
        adapters.add(
            LoraAdapter.own(
                a,
                b,
                module.scaling(),
                0,
                module.isEmbedding() ? EmbeddingLora.INSTANCE : placed(i)));
      }
    }
  }

  private LoraVariant placed(int module) {
    long[] offsets = placement.offsets();
    return memory
        .address()
        .<LoraVariant>map(
            first ->
                new PlacedLora(
                    first + offsets[2 * module] * Float.BYTES,
                    first + offsets[2 * module + 1] * Float.BYTES))
        .orElse(PlainLora.INSTANCE);
  }

  private NDArray view(int piece, Shape shape) {
    return memory.view(placement.offsets()[piece], shape, manager);
  }

  /** The factors of each of the sheet's modules, in their order. */
  List<LoraAdapter> adapters() {
    return Collections.unmodifiableList(adapters);
  }

  @Override
  public void close() {
    manager.close();
  }
}
