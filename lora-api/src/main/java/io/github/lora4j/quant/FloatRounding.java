package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.ConfigurationException;

/** From float32 to the type that is asked for, to the nearest, half to even. */
enum FloatRounding {
  NONE {
    @Override
    NDArray round(NDArray numbers) {
      return numbers;
    }
  },
  FLOAT16 {
    @Override
    NDArray round(NDArray numbers) {
      return numbers.toType(DataType.FLOAT16, false);
    }
  },
  BFLOAT16 {
    @Override
    NDArray round(NDArray numbers) {
      return BFloat16Bytes.of(numbers);
    }
  };

  /** The result is on the manager of the numbers, and may be they. */
  abstract NDArray round(NDArray numbers);

  static FloatRounding to(DataType type) {
    return switch (type) {
      case FLOAT32 -> NONE;
      case FLOAT16 -> FLOAT16;
      case BFLOAT16 -> BFLOAT16;
      default ->
          throw new ConfigurationException(
              "dequantize: the type must be FLOAT32, FLOAT16 or BFLOAT16, was " + type);
    };
  }
}
