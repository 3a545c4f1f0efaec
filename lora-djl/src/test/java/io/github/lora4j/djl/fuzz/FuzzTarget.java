// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.fuzz;

import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.format.TensorFile;
import io.github.lora4j.djl.format.TorchPickle;
import io.github.lora4j.djl.inject.AdapterFile;
import io.github.lora4j.djl.text.ChatTemplate;
import io.github.lora4j.djl.text.TokenizerConfigReading;
import io.github.lora4j.optim.PagedAdamW;
import io.github.lora4j.peft.PeftConfigJson;
import io.github.lora4j.plan.MemoryPlanner;
import io.github.lora4j.plan.PlanOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A reader of bytes that others wrote. Whatever they are, reading ends soon, in memory of the order
 * of the input, and either gives a result or throws a {@link io.github.lora4j.LoraException}.
 */
enum FuzzTarget {
  /** {@code model.safetensors}, and all its values. */
  SAFETENSORS {
    @Override
    void read(byte[] input, Path directory) throws IOException {
      try (SafetensorsFile file = SafetensorsFile.open(write(directory, "x.safetensors", input))) {
        readAll(file);
      }
    }
  },
  /** {@code model.safetensors.index.json} beside one shard. */
  SHARD_INDEX {
    @Override
    void read(byte[] input, Path directory) throws IOException {
      write(directory, "model-00001-of-00001.safetensors", Seeds.safetensors());
      write(directory, "model.safetensors.index.json", input);
      try (Checkpoint checkpoint = Checkpoint.open(directory)) {
        checkpoint.names().forEach(name -> checkpoint.tensor(name).toFloatArray());
      }
    }
  },
  /** {@code pytorch_model.bin}, and all its values. */
  TORCH_PICKLE {
    @Override
    void read(byte[] input, Path directory) throws IOException {
      try (TorchPickle file = TorchPickle.open(write(directory, "pytorch_model.bin", input))) {
        readAll(file);
      }
    }
  },
  /** The pickle within such a file, so that mutations need not find their way through the zip. */
  TORCH_PICKLE_PROGRAM {
    @Override
    void read(byte[] input, Path directory) throws IOException {
      TORCH_PICKLE.read(Seeds.torchArchive(input), directory);
    }
  },
  /** A GGUF file, and all its bytes. */
  GGUF {
    @Override
    void read(byte[] input, Path directory) throws IOException {
      try (GgufFile file = GgufFile.open(write(directory, "x.gguf", input))) {
        file.names().forEach(name -> file.tensor(name).shape());
        file.metadata().json();
      }
    }
  },
  /** {@code config.json}, down to the plan of the model it describes. */
  CONFIG {
    @Override
    void read(byte[] input, Path directory) throws IOException {
      Path file = write(directory, "config.json", input);
      HuggingFaceConfig.read(file);
      LoraConfig adapter = LoraConfig.builder().allLinear().build();
      MemoryPlanner.plan(file, PlanOptions.builder().adapter(adapter).build());
    }
  },
  /** {@code adapter_config.json}, and back. */
  ADAPTER_CONFIG {
    @Override
    void read(byte[] input, Path directory) {
      PeftConfigJson.toJson(PeftConfigJson.parse(utf8(input), "adapter_config.json"));
    }
  },
  /** {@code adapter_model.safetensors}, its names above all. */
  ADAPTER {
    @Override
    void read(byte[] input, Path directory) throws IOException {
      write(directory, "adapter_config.json", Seeds.adapterConfig());
      write(directory, "adapter_model.safetensors", input);
      AdapterFile.open(directory).close();
    }
  },
  /** Records of all three kinds. */
  DATASET {
    @Override
    void read(byte[] input, Path directory) throws IOException {
      Path file = write(directory, "records.json", input);
      LlmTokenizer tokenizer = new TurnTokenizer();
      Outcome.anyOf(
          () -> InstructionDataset.alpaca(file, tokenizer).build(),
          () -> InstructionDataset.promptCompletion(file, tokenizer).build(),
          () -> InstructionDataset.chat(file, tokenizer).build());
    }
  },
  /** {@code tokenizer_config.json}, its chat template included. */
  TOKENIZER_CONFIG {
    @Override
    void read(byte[] input, Path directory) throws IOException {
      write(directory, "tokenizer_config.json", input);
      TokenizerConfigReading.read(directory);
    }
  },
  /** A chat template, rendered. */
  CHAT_TEMPLATE {
    @Override
    void read(byte[] input, Path directory) {
      List<ChatMessage> messages =
          List.of(new ChatMessage("user", "Hi"), new ChatMessage("assistant", "Ho"));
      ChatTemplate.compile(utf8(input))
          .render(messages, true, Map.of("bos_token", "<s>", "eos_token", "</s>"));
    }
  },
  /** The saved state of an optimizer. */
  OPTIMIZER_STATE {
    @Override
    void read(byte[] input, Path directory) throws IOException {
      Path file = write(directory, "optimizer.safetensors", input);
      try (PagedAdamW optimizer = PagedAdamW.builder().build()) {
        optimizer.restore(file);
      }
    }
  };

  /**
   * Reads an input.
   *
   * @param input any bytes
   * @param directory an own directory to work in; files of an earlier input are replaced
   * @throws io.github.lora4j.LoraException if the input is refused
   */
  abstract void read(byte[] input, Path directory) throws IOException;

  /** The name of its corpus and of its command-line argument. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static FuzzTarget labelled(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private static void readAll(TensorFile file) {
    for (String name : file.names()) {
      StoredTensor tensor = file.tensor(name);
      Shape shape = tensor.shape();
      if (shape.size() != tensor.toFloatArray().length) {
        throw new AssertionError(name + ": " + shape);
      }
    }
  }

  private static Path write(Path directory, String name, byte[] bytes) throws IOException {
    return Files.write(directory.resolve(name), bytes);
  }

  private static String utf8(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
