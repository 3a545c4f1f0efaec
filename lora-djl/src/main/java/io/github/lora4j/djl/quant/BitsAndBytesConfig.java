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

/**
 * What {@code config.json} says of a checkpoint that is quantised itself (transformers: {@code
 * BitsAndBytesConfig}).
 */
public final class BitsAndBytesConfig {
  /** The field of {@code config.json}. */
  public static final String FIELD = "quantization_config";

  private static final String METHOD = "bitsandbytes";
  private static final String INSTEAD =
      "; load the checkpoint it was made from, with LoadOptions.builder().quantization(...)";

  private BitsAndBytesConfig() {}

  /**
   * Reads the field.
   *
   * @param config the model's configuration
   * @return how the weights are quantised, the block size left at its default because it stands
   *     with the tensors; or empty if the field is absent
   * @throws CheckpointException naming the method if it is not 4-bit bitsandbytes
   */
  public static Optional<Quantization> read(HuggingFaceConfig config) {
    return config.object(FIELD).map(BitsAndBytesConfig::quantization);
  }

  private static Quantization quantization(HuggingFaceConfig config) {
    String method = config.stringOr(METHOD, "quant_method");
    if (!method.equals(METHOD)) {
      throw config.error(
          "quant_method",
          "\"%s\" is not supported, only %s is%s".formatted(method, METHOD, INSTEAD));
    }
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
