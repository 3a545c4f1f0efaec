// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.quant.ComputeType;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.quant.QuantizedTensor;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A quantised layer computes what a dense one with its dequantised weight does. */
class QuantizedLinearTest {
  private static final int IN = 96;
  private static final int OUT = 40;
  private static final Path GOLDEN =
      Path.of("src/test/resources/golden/quant/linear4bit-lora.safetensors");

  private NDManager manager;
  private TorchOps ops;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
    Engine.getEngine("PyTorch").setRandomSeed(3);
    ops = new TorchOps(manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private QuantizedTensor tensor(Quantization quantization) {
    NDArray weight = manager.randomNormal(new Shape(OUT, IN));
    return QuantizedTensor.quantize(manager, "w", weight, quantization);
  }

  private NDArray apply(Block block, NDArray x) {
    return block
        .forward(new ParameterStore(manager, false), new NDList(x), false)
        .singletonOrThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "nf4, 1", "nf4-double, 1", "nf4-double, 8", "nf4-double, 9", "fp4, 2", "fp4-double, 3",
    "nf4-b32, 4", "nf4-double-b256, 5", "int8, 1", "int8, 30", "int4, 2", "int8-dynamic, 20"
  })
  void theProductIsThatOfTheDequantizedWeight(String name, int rows) {
    QuantizedTensor tensor = tensor(Quantization.parse(name));
    NDArray bias = manager.randomNormal(new Shape(OUT));
    NDArray x = manager.randomNormal(new Shape(rows, IN));
    NDArray w = tensor.dequantize(manager, DataType.FLOAT32);
    for (NDArray b : new NDArray[] {bias, null}) {
      QuantizedLinear quantized = new QuantizedLinear(ops, tensor, b);
      NDArray expected = apply(new DenseLinear(ops, w, b), x);
      NDArray actual = apply(quantized, x);
      assertEquals(new Shape(rows, OUT), actual.getShape());
      assertArrayEquals(expected.toFloatArray(), actual.toFloatArray(), 2e-5f);
    }
  }

  @Test
  void leadingDimensionsAreKept() {
    QuantizedLinear quantized = new QuantizedLinear(ops, tensor(Quantization.nf4()), null);
    NDArray few = manager.randomNormal(new Shape(1, 3, IN));
    NDArray many = manager.randomNormal(new Shape(5, 4, IN));
    assertEquals(new Shape(1, 3, OUT), apply(quantized, few).getShape());
    assertEquals(new Shape(5, 4, OUT), apply(quantized, many).getShape());
  }

  @Test
  void anOpenWeightGivesBothProducts() {
    QuantizedTensor tensor = tensor(Quantization.nf4().doubleQuantization());
    LinearWeight weight = new QuantizedLinear(ops, tensor, null).linearWeight();
    assertEquals(IN, weight.in());
    assertEquals(OUT, weight.out());
    NDArray w = tensor.dequantize(manager, DataType.FLOAT32);
    NDArray x = manager.randomNormal(new Shape(7, IN));
    NDArray dy = manager.randomNormal(new Shape(7, OUT));
    int before = manager.getManagedArrays().size();
    try (OpenWeight open = weight.open(manager);
        NDArray y = open.product(x, Optional.empty(), Optional.empty());
        NDArray dx = open.inputGradient(dy)) {
      assertClose(x.matMul(w.transpose()), y);
      assertClose(dy.matMul(w), dx);
    }
    assertTrue(manager.getManagedArrays().size() <= before + 4, "the numbers are freed");
  }

  @ParameterizedTest
  @CsvSource({
    "BFLOAT16, nf4-double, 0.008",
    "BFLOAT16, int8, 0.008",
    "FLOAT16, nf4-double, 0.001",
    "FLOAT16, int8, 0.001"
  })
  void aSixteenBitComputeTypeRoundsInputsAndWeights(DataType type, String name, double unit) {
    QuantizedTensor tensor = tensor(Quantization.parse(name));
    NDArray bias = manager.randomNormal(new Shape(OUT));
    QuantizedLinear layer = new QuantizedLinear(ops, tensor, bias, ComputeType.of(ops, type));
    NDArray w = tensor.dequantize(manager, DataType.FLOAT32);
    NDArray x = manager.randomNormal(new Shape(17, IN));
    NDArray residual = manager.randomNormal(new Shape(17, OUT));
    NDArray dy = manager.randomNormal(new Shape(17, OUT));
    try (OpenWeight open = layer.linearWeight().open(manager);
        NDArray y = open.product(x, Optional.of(bias), Optional.of(residual));
        NDArray dx = open.inputGradient(dy)) {
      assertEquals(DataType.FLOAT32, y.getDataType());
      assertEquals(DataType.FLOAT32, dx.getDataType());
      assertRounded(x.matMul(w.transpose()).add(bias).add(residual), y, unit * largest(x, w));
      assertRounded(dy.matMul(w), dx, unit * largest(dy, w));
      assertRounded(x.matMul(w.transpose()).add(bias), apply(layer, x), unit * largest(x, w));
    }
  }

  /** The size that sums of products of the two come to, whatever their signs. */
  private static double largest(NDArray x, NDArray w) {
    return x.norm().getFloat() * w.norm().getFloat() / Math.sqrt((double) x.size(0) * w.size(0));
  }

  /** Close, and yet not as close as float32 would be. */
  private static void assertRounded(NDArray expected, NDArray actual, double tolerance) {
    assertArrayEquals(expected.toFloatArray(), actual.toFloatArray(), (float) tolerance);
    assertTrue(expected.sub(actual).abs().max().getFloat() > tolerance * 1e-3);
  }

  private static void assertClose(NDArray expected, NDArray actual) {
    assertArrayEquals(expected.toFloatArray(), actual.toFloatArray(), 2e-5f);
  }

  @Test
  void theWeightIsNoParameter() {
    NDArray bias = manager.zeros(new Shape(OUT));
    QuantizedLinear quantized = new QuantizedLinear(ops, tensor(Quantization.nf4()), bias);
    assertEquals(1, quantized.getParameters().size());
    assertEquals("bias", quantized.getDirectParameters().get(0).getKey());
  }

  @Test
  void closingFreesTheTensor() {
    int before = manager.getManagedArrays().size();
    NDArray weight = manager.randomNormal(new Shape(OUT, IN));
    QuantizedTensor tensor = QuantizedTensor.quantize(manager, "w", weight, Quantization.nf4());
    weight.close();
    new QuantizedLinear(ops, tensor, null).close();
    assertEquals(before, manager.getManagedArrays().size());
  }

  /** bitsandbytes' Linear4bit under PEFT's adapter, forward and backward. */
  @Test
  void anAdapterOnItComputesAndLearnsAsInPeft() {
    try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN);
        EngineMode mode = EngineMode.recording()) {
      Quantization nf4 = Quantization.nf4().doubleQuantization();
      QuantizedTensor w = QuantizedTensor.quantize(manager, "w", read(golden, "weight"), nf4);
      LoraAdapter factors = LoraAdapter.own(read(golden, "lora_A"), read(golden, "lora_B"), 2, 0f);
      QuantizedLinear base = new QuantizedLinear(ops, w, read(golden, "bias"));
      LoraLinear layer = new LoraLinear(base, 64, 48);
      layer.put("default", factors);
      layer.activate("default");
      NDArray x = read(golden, "x");
      x.setRequiresGradient(true);
      factors.a().getArray().setRequiresGradient(true);
      factors.b().getArray().setRequiresGradient(true);
      NDArray y = apply(layer, x);
      JniUtils.backward((PtNDArray) y, (PtNDArray) read(golden, "dy"), false, false);
      assertClose(read(golden, "y"), y.stopGradient());
      assertClose(read(golden, "dx"), x.getGradient());
      assertClose(read(golden, "dA"), factors.a().getArray().getGradient());
      assertClose(read(golden, "dB"), factors.b().getArray().getGradient());
    }
  }

  private NDArray read(SafetensorsFile file, String name) {
    return file.tensor(name).toFloat32(manager);
  }
}
