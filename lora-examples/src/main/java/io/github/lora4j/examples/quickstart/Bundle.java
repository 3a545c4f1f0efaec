// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import io.github.lora4j.LoraException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** The files the quick start brings along: a small pretrained model and two data files. */
public final class Bundle {
  /** The directory of the checkpoint. */
  public static final String MODEL = "model";

  /** The Alpaca file to train on. */
  public static final String TRAINING = "orders.json";

  /** The Alpaca file to judge by. */
  public static final String HELD_OUT = "orders-held-out.json";

  private static final List<String> MODEL_FILES =
      List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");

  private Bundle() {}

  /**
   * Copies all files to a directory.
   *
   * @param directory where to; made if need be
   * @throws LoraException if a file cannot be written
   */
  public static void copyTo(Path directory) {
    Stream.concat(
            MODEL_FILES.stream().map(name -> MODEL + "/" + name), Stream.of(TRAINING, HELD_OUT))
        .forEach(name -> copy(name, directory.resolve(name)));
  }

  private static void copy(String name, Path target) {
    try (InputStream in = Bundle.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new LoraException(
            name + " is not in the jar; make it with the subcommand pretrain and build again");
      }
      Files.createDirectories(target.toAbsolutePath().getParent());
      Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new LoraException(
          "%s: cannot be written: %s; choose another --output".formatted(target, e), e);
    }
  }
}
