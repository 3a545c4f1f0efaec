// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import io.github.lora4j.ConfigurationException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This library's own C kernels for CPUs. They read and write the memory of libtorch's tensors and
 * run on libtorch's threads.
 *
 * <p>They are there on Linux where the build found a C compiler; elsewhere {@link #get} is empty, a
 * warning is logged once, and everything runs on libtorch's operators with the same results. {@code
 * -Dio.github.lora4j.native} chooses {@code auto} (the default: the widest instruction set of the
 * processor), {@code avx512}, {@code avx2}, {@code plain} or {@code off}.
 *
 * <p>Methods take addresses and check nothing; their callers know shapes.
 */
public final class NativeKernels {
  private static final Logger LOGGER = LoggerFactory.getLogger(NativeKernels.class);
  private static final String SWITCH = "io.github.lora4j.native";
  private static final String OFF = "off";

  private static boolean asked;
  private static @Nullable NativeKernels loaded;

  /** Sets of vector instructions, narrowest first. */
  public enum InstructionSet {
    /** What every processor of the platform has. */
    PLAIN(0),
    /** AVX2 and FMA. */
    AVX2(1),
    /** AVX-512 F, BW, VL and DQ. */
    AVX512(2);

    private final int code;

    InstructionSet(int code) {
      this.code = code;
    }

    private static InstructionSet of(int code) {
      return Arrays.stream(values()).filter(set -> set.code == code).findFirst().orElseThrow();
    }
  }

  private InstructionSet instructionSet;

  private NativeKernels(InstructionSet instructionSet) {
    this.instructionSet = instructionSet;
  }

  /**
   * The kernels.
   *
   * @return the kernels, or empty where there are none for this platform or they are switched off
   * @throws ConfigurationException if the switch has a value that is none
   */
  public static synchronized Optional<NativeKernels> get() {
    if (!asked) {
      loaded = load(System.getProperty(SWITCH, "auto")).orElse(null);
      asked = true;
    }
    return Optional.ofNullable(loaded);
  }

  static Optional<NativeKernels> load(String value) {
    String choice = value.toLowerCase(Locale.ROOT);
    if (choice.equals(OFF)) {
      return Optional.empty();
    }
    String resource = "/native/" + platform() + "/liblora4j.so";
    if (NativeKernels.class.getResource(resource) == null) {
      LOGGER.warn(
          "no native kernels for {}: quantised weights and single tokens are computed by libtorch's"
              + " operators, which is slower",
          platform());
      return Optional.empty();
    }
    try {
      // Its threads and the addresses of tensors are found in libtorch, which must be there first.
      Engine.getEngine("PyTorch");
      String file =
          Native.extractFromResourcePath(resource, NativeKernels.class.getClassLoader())
              .getAbsolutePath();
      NativeLibrary library = NativeLibrary.getInstance(file);
      Native.register(NativeFunctions.class, library);
      Native.register(ProgramFunctions.class, library);
      if (NativeFunctions.lora4j_attach() == 0) {
        LOGGER.warn("the native kernels found no libtorch to share memory with; not used");
        return Optional.empty();
      }
      return Optional.of(new NativeKernels(choose(widest(choice))));
    } catch (IOException | UnsatisfiedLinkError e) {
      LOGGER.warn("the native kernels could not be loaded; libtorch's operators are used", e);
      return Optional.empty();
    }
  }

  private static String platform() {
    String system = Platform.isLinux() ? "linux" : System.getProperty("os.name");
    return system + "-" + (Platform.isARM() ? "aarch64" : Platform.ARCH.replace("-", "_"));
  }

  private static InstructionSet widest(String choice) {
    if (choice.equals("auto")) {
      return InstructionSet.AVX512;
    }
    return Arrays.stream(InstructionSet.values())
        .filter(set -> set.name().toLowerCase(Locale.ROOT).equals(choice))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "-D" + SWITCH + "=" + choice + ": expected auto, avx512, avx2, plain or off"));
  }

  private static InstructionSet choose(InstructionSet widest) {
    return InstructionSet.of(NativeFunctions.lora4j_choose(widest.code));
  }

  /**
   * The instruction set in use.
   *
   * @return the set
   */
  public synchronized InstructionSet instructionSet() {
    return instructionSet;
  }

  /**
   * Uses another instruction set from now on, in the whole process; for comparing them.
   *
   * @param widest the widest set that may be used
   * @return the set in use before
   */
  public synchronized InstructionSet use(InstructionSet widest) {
    InstructionSet before = instructionSet;
    instructionSet = choose(widest);
    return before;
  }

  /**
   * Where an array's values lie. The array must stay open while the address is used.
   *
   * @param array an array of libtorch's on the CPU
   * @return the address of its first value
   * @throws IllegalArgumentException if its values do not lie one after the other in this process's
   *     memory
   */
  public long address(NDArray array) {
    long address =
        array.getDevice().isGpu()
            ? 0
            : NativeFunctions.lora4j_data(((PtNDArray) array).getHandle());
    if (address == 0 && array.size() > 0) {
      throw new IllegalArgumentException(
          "array "
              + array.getShape()
              + " on "
              + array.getDevice()
              + " is not contiguous in memory");
    }
    return address;
  }

  /**
   * A product with a float32 matrix, y = x wᵀ + bias.
   *
   * @param w address of w, (rows, columns)
   * @param rows rows of w
   * @param columns columns of w
   * @param x address of x, (batch, columns)
   * @param batch how many vectors; meant for few
   * @param y address of y, (batch, rows)
   * @param bias address of the bias, (rows), or 0
   * @param add whether the product is added to y
   */
  public void productF32(
      long w, long rows, long columns, long x, long batch, long y, long bias, boolean add) {
    NativeFunctions.lora4j_product_f32(w, rows, columns, x, batch, y, bias, add ? 1 : 0);
  }

  /**
   * A product with a 4-bit matrix that is never written out, y = x wᵀ + bias.
   *
   * @param w the matrix
   * @param rows its rows
   * @param columns its columns
   * @param x address of x, (batch, columns) float32
   * @param batch how many vectors; meant for few
   * @param y address of y, (batch, rows) float32
   * @param bias address of the bias, (rows), or 0
   * @param add whether the product is added to y
   */
  public void product4Bit(
      FourBitAddresses w,
      long rows,
      long columns,
      long x,
      long batch,
      long y,
      long bias,
      boolean add) {
    int failed =
        NativeFunctions.lora4j_product_4bit(
            w.packed(),
            w.fp4() ? 1 : 0,
            w.blockSize(),
            w.absmax(),
            w.nestedCode(),
            w.nestedAbsmax(),
            w.offset(),
            rows,
            columns,
            x,
            batch,
            y,
            bias,
            add ? 1 : 0);
    if (failed != 0) {
      throw new OutOfMemoryError("no native memory for " + batch + " vectors of " + columns);
    }
  }

  /**
   * Values of a 4-bit tensor.
   *
   * @param w the tensor
   * @param n how many values it has
   * @param out address of n values of a type
   * @param type the type of the values
   */
  public void dequantize4Bit(FourBitAddresses w, long n, long out, FloatType type) {
    NativeFunctions.lora4j_dequantize_4bit(
        w.packed(),
        w.fp4() ? 1 : 0,
        w.blockSize(),
        w.absmax(),
        w.nestedCode(),
        w.nestedAbsmax(),
        w.offset(),
        n,
        out,
        type.code);
  }

  /**
   * Block-wise 4-bit codes of values (bitsandbytes: {@code quantize_4bit}).
   *
   * @param w address of n float32 values, all finite
   * @param n how many
   * @param blockSize values a block, 32 to 4096
   * @param fp4 FP4, or NF4
   * @param packed address of (n + 1) / 2 bytes
   * @param absmax address of a float32 a block
   */
  public void quantize4Bit(long w, long n, int blockSize, boolean fp4, long packed, long absmax) {
    NativeFunctions.lora4j_quantize_4bit(w, n, blockSize, fp4 ? 1 : 0, packed, absmax);
  }

  /**
   * An empty program for single tokens.
   *
   * @param layers how many layers attend
   * @return the program, the caller's to close
   */
  public TokenProgram tokenProgram(int layers) {
    return new TokenProgram(layers);
  }

  /**
   * The index of each row's largest value.
   *
   * @param x address of the rows, (rows, width)
   * @param rows how many
   * @param width values of a row
   * @return for each row the first index among equals; a NaN is larger than all
   */
  public int[] argmax(long x, int rows, int width) {
    int[] best = new int[rows];
    ProgramFunctions.lora4j_argmax(x, rows, width, best);
    return best;
  }

  /** Types that values are written in. */
  public enum FloatType {
    /** 32 bits. */
    FLOAT32(0),
    /** IEEE half precision, rounded to nearest even. */
    FLOAT16(1),
    /** The upper half of a float32, rounded to nearest even. */
    BFLOAT16(2);

    private final int code;

    FloatType(int code) {
      this.code = code;
    }
  }

  /**
   * Where the parts of a 4-bit tensor lie.
   *
   * @param packed two codes a byte, the first in the high nibble
   * @param fp4 FP4, or NF4
   * @param blockSize values a block
   * @param absmax a float32 a block, or, with nested constants, a byte a block
   * @param nestedCode the 256 values of those bytes, or 0
   * @param nestedAbsmax a float32 for each 256 blocks, or 0
   * @param offset what is added to a nested constant
   */
  public record FourBitAddresses(
      long packed,
      boolean fp4,
      int blockSize,
      long absmax,
      long nestedCode,
      long nestedAbsmax,
      float offset) {}
}
