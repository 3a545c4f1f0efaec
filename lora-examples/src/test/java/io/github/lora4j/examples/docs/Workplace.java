// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.docs;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.examples.quickstart.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A directory with the files that the documentation's statements name. */
final class Workplace {
  private static final int RECORDS = 8;
  private static final List<String> MODELS = List.of("bloom-560m", "llama");
  private static final List<String> ADAPTERS =
      List.of("poems", "letters", "support", "adapters/french");
  private static final List<String> DATA = List.of("alpaca_data.json", "orders.json");

  private Workplace() {}

  static void fill(Path directory) throws IOException {
    Bundle.copyTo(directory);
    for (String model : MODELS) {
      Files.createSymbolicLink(directory.resolve(model), Path.of(Bundle.MODEL));
    }
    shorten(directory);
    LoraConfig config = LoraConfig.builder().rank(4).alpha(8).build();
    try (CausalLm base = HuggingFaceModel.load(directory.resolve(Bundle.MODEL));
        LoraModel model = LoraModel.wrap(base, config)) {
      ADAPTERS.forEach(name -> model.saveAdapter(directory.resolve(name)));
    }
  }

  private static void shorten(Path directory) throws IOException {
    String all = Files.readString(directory.resolve(Bundle.TRAINING));
    JsonArray few = new JsonArray();
    new Gson().fromJson(all, JsonArray.class).asList().stream().limit(RECORDS).forEach(few::add);
    for (String name : DATA) {
      Files.writeString(directory.resolve(name), few.toString());
    }
  }
}
