// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.quant.QuantizedTensor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * 4-bit tensors of a checkpoint as transformers saves those of bitsandbytes: {@code weight} holds
 * the packed codes, the rest stands beside it under longer names.
 *
 * @param quantization what the configuration says; each tensor says it again
 */
public record BitsAndBytesTensors(Optional<Quantization> quantization) implements PackedFormat {
  /** Of a checkpoint whose configuration does not say how it is quantised, or whether. */
  static final PackedFormat UNNAMED = new BitsAndBytesTensors(Optional.empty());

  private static final String WEIGHT = ".weight";
  private static final String ABSMAX = ".absmax";
  private static final String CODE = ".quant_map";
  private static final String NESTED_ABSMAX = ".nested_absmax";
  private static final String NESTED_CODE = ".nested_quant_map";

  @Override
  public String label() {
    return quantization.map(Quantization::name).orElse(BitsAndBytesConfig.METHOD);
  }

  @Override
  public String mainPart() {
    return WEIGHT;
  }

  @Override
  public boolean isStored(Checkpoint checkpoint, String module) {
    return QuantState.FORMATS.stream()
        .anyMatch(format -> checkpoint.contains(QuantState.nameOf(module + WEIGHT, format)));
  }

  @Override
  public QuantizedTensor read(
      NDManager manager, Checkpoint checkpoint, String module, Shape shape) {
    String name = module + WEIGHT;
    QuantState state = QuantState.read(checkpoint, name);
    Quantization quantization = state.quantization();
    StoredTensor packed = checkpoint.tensor(name);
    String where = packed.location();
    if (!state.shape().equals(shape)) {
      throw new CheckpointException(
          "%s: tensor \"%s\" has shape %s, but config.json asks for %s"
              .formatted(where, name, state.shape(), shape));
    }
    try (NDManager scope = manager.newSubManager()) {
      Map<String, NDArray> parts = new HashMap<>();
      parts.put("packed", packed.toNDArray(scope));
      parts.put("code", code(scope, checkpoint.tensor(name + CODE), quantization));
      parts.put("absmax", checkpoint.tensor(name + ABSMAX).toNDArray(scope));
      if (quantization.doubleQuantized()) {
        parts.put("nested_absmax", checkpoint.tensor(name + NESTED_ABSMAX).toNDArray(scope));
        parts.put("nested_code", checkpoint.tensor(name + NESTED_CODE).toNDArray(scope));
        parts.put("offset", scope.create(state.offset()));
      }
      return QuantizedTensor.restore(manager, where + ": " + name, quantization, shape, parts);
    }
  }

  /** The format's own table; the stored one must be equal, as kernels have the former built in. */
  private static NDArray code(NDManager scope, StoredTensor stored, Quantization quantization) {
    float[] own = quantization.format().code();
    float[] found = stored.toFloatArray();
    boolean equal = own.length == found.length;
    for (int i = 0; i < own.length && equal; i++) {
      equal = own[i] == found[i];
    }
    if (!equal) {
      throw new CheckpointException(
          "%s: tensor \"%s\" is not the table of %s; only bitsandbytes' own table is supported"
              .formatted(stored.location(), stored.name(), quantization.format().label()));
    }
    return scope.create(own);
  }

  @Override
  public List<String> names(Checkpoint checkpoint, String module) {
    String name = module + WEIGHT;
    List<String> names =
        new ArrayList<>(
            List.of(name, name + ABSMAX, name + CODE, name + NESTED_ABSMAX, name + NESTED_CODE));
    QuantState.FORMATS.forEach(format -> names.add(QuantState.nameOf(name, format)));
    return names.stream().filter(checkpoint::contains).toList();
  }

  /**
   * What is to be written of a tensor.
   *
   * @param name the tensor's name
   * @param tensor NF4 or FP4; read when the entries are written
   * @return an entry a part
   */
  public static List<TensorEntry> entries(String name, QuantizedTensor tensor) {
    Map<String, NDArray> parts = tensor.parts();
    NDArray packed = part(parts, "packed");
    Shape column = new Shape(packed.size(), 1);
    List<TensorEntry> entries = new ArrayList<>();
    entries.add(TensorEntry.computed(name, column, StoredType.U8, () -> packed.reshape(column)));
    entries.add(TensorEntry.of(name + ABSMAX, part(parts, "absmax")));
    entries.add(code(name + CODE, tensor, packed.getManager()));
    if (tensor.quantization().doubleQuantized()) {
      entries.add(TensorEntry.of(name + NESTED_ABSMAX, part(parts, "nested_absmax")));
      entries.add(TensorEntry.of(name + NESTED_CODE, part(parts, "nested_code")));
    }
    byte[] state = QuantState.of(tensor).toJson().getBytes(StandardCharsets.UTF_8);
    entries.add(
        TensorEntry.computed(
            QuantState.nameOf(name, tensor.quantization().format().label()),
            new Shape(state.length),
            StoredType.U8,
            () ->
                packed
                    .getManager()
                    .create(ByteBuffer.wrap(state), new Shape(state.length), DataType.UINT8)));
    return entries;
  }

  /** bitsandbytes' table has no negative zero. */
  private static TensorEntry code(String name, QuantizedTensor tensor, NDManager manager) {
    float[] code = tensor.quantization().format().code();
    for (int i = 0; i < code.length; i++) {
      code[i] += 0f;
    }
    return TensorEntry.computed(
        name, new Shape(code.length), StoredType.F32, () -> manager.create(code));
  }

  private static NDArray part(Map<String, NDArray> parts, String name) {
    NDArray part = parts.get(name);
    if (part == null) {
      throw new IllegalArgumentException("no part " + name + " among " + parts.keySet());
    }
    return part;
  }
}
