// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.CausalLm;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Many adapters in one directory, of ranks 8, 16, 32 and 64 in turn. Those of one rank hold the
 * same numbers: their files are links to one, so that thousands take no room.
 */
final class AdapterFarm implements AutoCloseable {
  private static final List<Integer> RANKS = List.of(8, 16, 32, 64);

  private final Path root;
  private final List<Path> originals = new ArrayList<>();

  private AdapterFarm(Path root) {
    this.root = root;
  }

  /**
   * Writes an adapter of each rank.
   *
   * @param base the model they are for
   * @param config what they target
   */
  static AdapterFarm create(CausalLm base, LoraConfig config) throws IOException {
    AdapterFarm farm = new AdapterFarm(Files.createTempDirectory("serve-benchmark"));
    for (int rank : RANKS) {
      LoraConfig random =
          config.toBuilder().rank(rank).initialization(Initialization.RANDOM).build();
      try (LoraModel model = LoraModel.wrap(base, random)) {
        Path original = farm.root.resolve("rank" + rank);
        model.saveAdapter(original);
        farm.originals.add(original);
      }
    }
    return farm;
  }

  /**
   * Fills a directory.
   *
   * @param count how many adapters
   * @return the directory
   */
  Path plant(int count) throws IOException {
    Path directory = Files.createDirectory(root.resolve("adapters" + count));
    for (int i = 0; i < count; i++) {
      Path adapter = Files.createDirectory(directory.resolve(name(i)));
      try (Stream<Path> files = Files.list(originals.get(i % RANKS.size()))) {
        for (Path file : files.toList()) {
          Files.createLink(adapter.resolve(file.getFileName()), file);
        }
      }
    }
    return directory;
  }

  /** What the i-th adapter is called. */
  static String name(int index) {
    return "adapter-" + index;
  }

  /** The bytes of an adapter, the ranks averaged. */
  long meanBytes() throws IOException {
    long bytes = 0;
    for (Path original : originals) {
      bytes += Files.size(original.resolve("adapter_model.safetensors"));
    }
    return bytes / originals.size();
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
