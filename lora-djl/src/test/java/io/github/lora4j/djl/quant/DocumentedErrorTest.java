// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.quant.QuantizedTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table in docs/quantization.md, computed again. */
class DocumentedErrorTest {
  private static final Path DOCUMENT = Path.of("../docs/quantization.md");
  private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| [\\d.]+ \\| [\\d.]+ \\|");
  private static final int SIDE = 1024;
  private static final float[] WEIGHT = weight();

  private static float[] weight() {
    Random random = new Random(0);
    float[] values = new float[SIDE * SIDE];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static List<String> rows() throws IOException {
    return Files.readAllLines(DOCUMENT).stream().filter(ROW.asMatchPredicate()).toList();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void bitsAndErrorAreAsDocumented(String row) {
    String name = row.split("`")[1];
    Quantization quantization = Quantization.parse(name);
    String computed =
        String.format(
            Locale.ROOT,
            "| `%s` | %.3f | %.4f |",
            name,
            quantization.bitsPerParameter(),
            error(quantization));
    assertEquals(computed, row);
  }

  @Test
  void theTableIsFound() throws IOException {
    assertTrue(rows().size() >= 10);
  }

  private static double error(Quantization quantization) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        NDArray weight = manager.create(WEIGHT, new Shape(SIDE, SIDE));
        QuantizedTensor tensor =
            QuantizedTensor.quantize(manager, "weight", weight, quantization)) {
      float[] numbers = tensor.dequantize(manager, DataType.FLOAT32).toFloatArray();
      double difference = 0;
      double size = 0;
      for (int i = 0; i < numbers.length; i++) {
        difference += Math.pow((double) WEIGHT[i] - numbers[i], 2);
        size += Math.pow(WEIGHT[i], 2);
      }
      return Math.sqrt(difference / size);
    }
  }
}
