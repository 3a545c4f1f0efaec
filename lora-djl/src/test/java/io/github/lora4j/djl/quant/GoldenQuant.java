// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.quant.Quantization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A tensor as bitsandbytes quantised it. */
final class GoldenQuant implements AutoCloseable {
  private static final Path DIRECTORY = Path.of("src/test/resources/golden/quant");
  private static final String SUFFIX = ".safetensors";

  private final SafetensorsFile file;
  private final NDManager manager;
  private final Quantization quantization;

  private GoldenQuant(String name, NDManager manager) {
    file = SafetensorsFile.open(DIRECTORY.resolve(name + SUFFIX));
    this.manager = manager;
    quantization = quantizationOf(name.split("-"));
  }

  static GoldenQuant open(String name, NDManager manager) {
    return new GoldenQuant(name, manager);
  }

  /** For example normal-nf4-b64-double. */
  static List<String> fourBitCases() {
    return cases("^[a-z]+-[nf][fp]4-.*");
  }

  /** For example odd-int8dyn-b256. */
  static List<String> dynamicCases() {
    return cases("^[a-z]+-int8dyn-.*");
  }

  private static List<String> cases(String pattern) {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(pattern + SUFFIX))
          .map(name -> name.substring(0, name.length() - SUFFIX.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Quantization quantizationOf(String[] words) {
    String format = words[1].equals("int8dyn") ? "int8-dynamic" : words[1];
    String level = words[words.length - 1].equals("double") ? "-double" : "";
    return Quantization.parse(format + level + "-" + words[2]);
  }

  Quantization quantization() {
    return quantization;
  }

  NDArray array(String name) {
    return file.tensor(name).toNDArray(manager);
  }

  float[] floats(String name) {
    return file.tensor(name).toFloatArray();
  }

  byte[] bytes(String name) {
    byte[] bytes = new byte[(int) file.tensor(name).byteSize()];
    file.tensor(name).bytes().get(bytes);
    return bytes;
  }

  @Override
  public void close() {
    file.close();
  }
}
