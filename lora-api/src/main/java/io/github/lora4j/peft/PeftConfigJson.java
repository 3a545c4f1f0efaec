// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonObject;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads and writes {@code adapter_config.json} as PEFT does. */
public final class PeftConfigJson {
  /** The name of the file in an adapter's folder. */
  public static final String FILE_NAME = "adapter_config.json";

  private PeftConfigJson() {}

  /**
   * Reads a config.
   *
   * @param file the {@code adapter_config.json}
   * @return the config, of the class that {@code peft_type} calls for; fields that a {@link
   *     LoraConfig} does not model are in {@link LoraConfig#unknownFields()}
   * @throws AdapterException if the file is missing or no JSON, a field has a wrong type or an
   *     impossible value, or asks for what is not supported; the message names file and field
   */
  public static AdapterConfig read(Path file) {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new AdapterException(file + ": cannot be read as an adapter's config: " + e, e);
    }
  }

  /**
   * Reads a config from text.
   *
   * @param json the content of an {@code adapter_config.json}
   * @param source what to call the text in messages
   * @return the config
   * @throws AdapterException as {@link #read} does
   */
  public static AdapterConfig parse(String json, String source) {
    JsonObject object = PythonJson.parseObject(json, source);
    JsonFields fields = new JsonFields(object, source);
    try {
      return ConfigFormats.read(fields);
    } catch (ConfigurationException e) {
      throw new AdapterException(source + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes a config as PEFT saves it: every field of PEFT's, sorted, indented by 2, for inference.
   *
   * @param config the config
   * @return the content of an {@code adapter_config.json}
   * @throws ConfigurationException if an unknown field holds text that is no JSON
   */
  public static String toJson(AdapterConfig config) {
    return PythonJson.write(ConfigFormats.write(config));
  }
}
