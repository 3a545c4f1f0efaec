// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.quant.QuantizationFormat;
import java.util.List;
import java.util.Optional;

/** The 4-bit quantisation of bitsandbytes (transformers: {@code BitsAndBytesConfig}). */
public final class BitsAndBytesConfig {
  static final String METHOD = "bitsandbytes";

  private static final String INSTEAD = QuantizationConfig.INSTEAD;

  private BitsAndBytesConfig() {}

  /**
   * Reads how the weights are quantised.
   *
   * @param config the value of {@link QuantizationConfig#FIELD}
   * @return the quantisation, its block size left at the default
   * @throws CheckpointException naming the field if it is not in 4 bits
   */
  static Quantization read(HuggingFaceConfig config) {
    if (config.boolOr(false, "load_in_8bit")) {
      throw config.error(
          "load_in_8bit", "is true: LLM.int8() is not supported, only 4 bits are" + INSTEAD);
    }
    if (!config.boolOr(false, "load_in_4bit")) {
      throw config.error("load_in_4bit", "is not true; only 4 bits are supported" + INSTEAD);
    }
    String storage = config.stringOr("uint8", "bnb_4bit_quant_storage");
    if (!storage.equals("uint8")) {
      throw config.error(
          "bnb_4bit_quant_storage", "is \"%s\", expected \"uint8\"".formatted(storage) + INSTEAD);
    }
    Quantization single = Quantization.of(format(config));
    return config.boolOr(false, "bnb_4bit_use_double_quant") ? single.doubleQuantization() : single;
  }

  private static QuantizationFormat format(HuggingFaceConfig config) {
    String type = config.stringOr("fp4", "bnb_4bit_quant_type");
    return switch (type) {
      case "nf4" -> QuantizationFormat.NF4;
      case "fp4" -> QuantizationFormat.FP4;
      default ->
          throw config.error(
              "bnb_4bit_quant_type", "is \"%s\", expected \"nf4\" or \"fp4\"".formatted(type));
    };
  }

  /**
   * The field's value as transformers writes it.
   *
   * @param quantization how the weights are quantised
   * @param unquantized the linear modules that are not, or empty if that is the output head alone
   * @return the value
   */
  public static JsonObject write(Quantization quantization, Optional<List<String>> unquantized) {
    JsonObject json = new JsonObject();
    json.addProperty("_load_in_4bit", true);
    json.addProperty("_load_in_8bit", false);
    json.addProperty("bnb_4bit_compute_dtype", "float32");
    json.addProperty("bnb_4bit_quant_storage", "uint8");
    json.addProperty("bnb_4bit_quant_type", quantization.format().label());
    json.addProperty("bnb_4bit_use_double_quant", quantization.doubleQuantized());
    json.addProperty("llm_int8_enable_fp32_cpu_offload", false);
    json.addProperty("llm_int8_has_fp16_weight", false);
    json.add("llm_int8_skip_modules", JsonNull.INSTANCE);
    unquantized.ifPresent(names -> json.add("llm_int8_skip_modules", array(names)));
    json.addProperty("llm_int8_threshold", 6.0);
    json.addProperty("load_in_4bit", true);
    json.addProperty("load_in_8bit", false);
    json.addProperty("quant_method", METHOD);
    return json;
  }

  private static JsonArray array(List<String> names) {
    JsonArray array = new JsonArray();
    names.forEach(array::add);
    return array;
  }
}
