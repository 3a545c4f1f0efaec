// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.quant.QuantizationFormat;
import io.github.lora4j.quant.QuantizedTensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What stands as JSON beside a 4-bit tensor (bitsandbytes: {@code
 * QuantState.as_dict(packed=True)}).
 *
 * @param quantization the tensor's format, block size and levels
 * @param shape the tensor's shape
 * @param offset what is added to its scales; 0 without double quantisation
 */
record QuantState(Quantization quantization, Shape shape, float offset) {
  /** The formats that bitsandbytes saves. */
  static final List<String> FORMATS =
      List.of(QuantizationFormat.NF4.label(), QuantizationFormat.FP4.label());

  private static final long LONGEST = 1 << 16;

  static String nameOf(String tensor, String format) {
    return tensor + ".quant_state.bitsandbytes__" + format;
  }

  static QuantState of(QuantizedTensor tensor) {
    NDArray stored = tensor.parts().get("offset");
    float offset = stored == null ? 0 : stored.getFloat();
    return new QuantState(tensor.quantization(), tensor.shape(), offset);
  }

  static QuantState read(Checkpoint checkpoint, String tensor) {
    String format =
        FORMATS.stream()
            .filter(label -> checkpoint.contains(nameOf(tensor, label)))
            .findFirst()
            .orElseThrow();
    StoredTensor stored = checkpoint.tensor(nameOf(tensor, format));
    HuggingFaceConfig state = json(stored);
    String type = state.string("quant_type");
    if (!type.equals(format)) {
      throw state.error("quant_type", "is \"%s\", but the name says %s".formatted(type, format));
    }
    Quantization single =
        Quantization.parse(format).blockSize(checkedBlockSize(state, "blocksize"));
    boolean nested = state.has("nested_blocksize");
    if (nested && state.intValue("nested_blocksize") != Quantization.NESTED_BLOCK_SIZE) {
      throw state.error(
          "nested_blocksize",
          "is %d, expected %d"
              .formatted(state.intValue("nested_blocksize"), Quantization.NESTED_BLOCK_SIZE));
    }
    return new QuantState(
        nested ? single.doubleQuantization() : single,
        shape(state),
        nested ? state.floatValue("nested_offset") : 0);
  }

  private static int checkedBlockSize(HuggingFaceConfig state, String field) {
    int size = state.intValue(field);
    if (size < 32 || size > 4096 || Integer.bitCount(size) != 1) {
      throw state.error(field, "is %d, expected a power of two from 32 to 4096".formatted(size));
    }
    return size;
  }

  private static Shape shape(HuggingFaceConfig state) {
    return new Shape(state.intList("shape").stream().mapToLong(Integer::longValue).toArray());
  }

  private static HuggingFaceConfig json(StoredTensor stored) {
    Path where = Path.of(stored.location() + ": tensor \"" + stored.name() + "\"");
    if (stored.type() != StoredType.U8 || stored.size() > LONGEST) {
      throw new CheckpointException(
          where + ": is " + stored.type() + " " + stored.shape() + ", expected JSON as U8");
    }
    byte[] bytes = new byte[(int) stored.size()];
    stored.bytes().get(bytes);
    try {
      JsonObject json =
          JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8)).getAsJsonObject();
      return HuggingFaceConfig.of(where, json);
    } catch (JsonParseException | IllegalStateException e) {
      throw new CheckpointException(where + ": holds no JSON object; is the file damaged?", e);
    }
  }

  /** As Python's json writes it. */
  String toJson() {
    String sizes =
        Arrays.stream(shape.getShape()).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String json =
        "{\"quant_type\": \"%s\", \"blocksize\": %d, \"dtype\": \"float32\", \"shape\": [%s]"
            .formatted(quantization.format().label(), quantization.blockSize(), sizes);
    if (quantization.doubleQuantized()) {
      json +=
          ", \"nested_blocksize\": %d, \"nested_dtype\": \"float32\", \"nested_offset\": %s"
              .formatted(Quantization.NESTED_BLOCK_SIZE, Double.toString(offset));
    }
    return json + "}";
  }
}
