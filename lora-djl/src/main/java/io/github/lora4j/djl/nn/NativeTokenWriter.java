package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.kernel.NativeMatrix;
import io.github.lora4j.djl.kernel.NativeMatrix.FourBit;
import io.github.lora4j.djl.kernel.TokenProgram;
import io.github.lora4j.djl.kernel.TokenProgram.LowRank;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Writes a decoder's work on single tokens as a native program. A method's steps end with a
 * barrier: whoever reads its result comes later.
 */
final class NativeTokenWriter implements TokenWriter<NativeVector> {
  private static final int FLOAT = Float.BYTES;

  private final TokenProgram program;
  private final NativeMemory memory;
  private final DecoderSpec spec;
  private final int sequences;
  private final long slopes;
  private final long angles;
  private final Map<Buffer, Long> buffers = new HashMap<>();
  private int layer;
  private int buffersOfLayer;

  /** The n-th buffer of a set: that before the layers, or that of every second layer. */
  private record Buffer(int set, int index, int size) {}

  /**
   * Begins with the steps that come before all layers.
   *
   * @param program where to
   * @param memory keeps what the program points to
   * @param spec the decoder's shape
   * @param positions how order is known
   * @param sequences how many tokens at most run at once
   */
  NativeTokenWriter(
      TokenProgram program,
      NativeMemory memory,
      DecoderSpec spec,
      PositionScheme positions,
      int sequences) {
    this.program = program;
    this.memory = memory;
    this.spec = spec;
    this.sequences = sequences;
    float[] slopesOfHeads = positions.slopes();
    slopes = slopesOfHeads.length == 0 ? 0 : memory.keep(slopesOfHeads);
    angles = angles(positions.inverseFrequencies());
  }

  private long angles(float[] frequencies) {
    if (frequencies.length == 0) {
      return 0;
    }
    long address = memory.zeros((long) sequences * spec.headDim());
    program.angles(memory.keep(frequencies), spec.headDim() / 2, address);
    return address;
  }

  /**
   * Vectors are reused from here on, but neither those from before the layers nor those of the
   * layer before, one of which is the hidden state.
   */
  void beginLayer() {
    layer++;
    buffersOfLayer = 0;
  }

  private NativeVector vector(int size) {
    Buffer buffer = new Buffer(layer == 0 ? 0 : 1 + layer % 2, buffersOfLayer++, size);
    long address = buffers.computeIfAbsent(buffer, b -> memory.zeros((long) sequences * b.size()));
    return new NativeVector(address, size, size, spec.headDim());
  }

  /** The rows of the tokens. */
  NativeVector embed(NDArray table) {
    NativeVector y = vector(spec.hiddenSize());
    program.embed(
        memory.keep(table, spec.vocabularySize(), spec.hiddenSize()), y.size(), y.address());
    program.barrier();
    return y;
  }

  @Override
  public NativeVector rmsNorm(NativeVector x, NDArray w, double epsilon) {
    NativeVector y = vector(x.size());
    long weight = memory.keep(w, x.size());
    program.rmsNorm(x.packed(y.size()), weight, y.size(), (float) epsilon, y.address());
    program.barrier();
    return y;
  }

  @Override
  public NativeVector layerNorm(NativeVector x, NDArray w, NDArray bias, double epsilon) {
    NativeVector y = vector(x.size());
    long weight = memory.keep(w, x.size());
    long added = memory.keep(bias, x.size());
    program.layerNorm(x.packed(y.size()), weight, added, y.size(), (float) epsilon, y.address());
    program.barrier();
    return y;
  }

  @Override
  public List<NativeVector> linears(List<ModuleSlot> slots, NativeVector x) {
    List<Product> products = products(slots, x);
    for (Product product : products) {
      product.write(vector(product.matrix.rows()), false);
    }
    program.barrier();
    return products.stream().map(product -> product.y).toList();
  }

  @Override
  public NativeVector linear(ModuleSlot slot, NativeVector x, NativeVector residual) {
    Product product = products(List.of(slot), x).get(0);
    product.write(residual, true);
    program.barrier();
    return residual;
  }

  /** Writes what products of one input need beforehand. */
  private List<Product> products(List<ModuleSlot> slots, NativeVector x) {
    Map<Integer, NativeVector> ordered = new HashMap<>();
    List<Product> products = new ArrayList<>();
    boolean waits = false;
    for (ModuleSlot slot : slots) {
      Product product = new Product(slot, x);
      products.add(product);
      waits |= product.prepare(ordered);
    }
    if (waits) {
      program.barrier();
    }
    return products;
  }

  /** The linear map in a place and its input. */
  private final class Product {
    private final NativeWeight base;
    private final NativeMatrix matrix;
    private final Optional<LoraAdapter> adapter;
    private NativeVector x;
    private NativeVector y;
    private LowRank update = LowRank.NONE;

    Product(ModuleSlot slot, NativeVector x) {
      base = TokenLinear.nativeWeight(slot).orElseThrow();
      adapter = TokenLinear.activeAdapter(slot);
      matrix = base.nativeMatrix(memory);
      this.x = x;
      this.y = x;
      x.packed(matrix.columns());
    }

    /** Writes the steps before the product; gives whether there are any. */
    boolean prepare(Map<Integer, NativeVector> ordered) {
      adapter.ifPresent(this::prepareUpdate);
      if (matrix instanceof FourBit quantised) {
        int block = quantised.codes().blockSize();
        x = ordered.computeIfAbsent(block, this::order);
      }
      return adapter.isPresent() || matrix instanceof FourBit;
    }

    private void prepareUpdate(LoraAdapter factors) {
      int rank = factors.rank();
      NativeVector hidden = vector(rank);
      long a = memory.keep(factors.a().getArray(), rank, x.size());
      program.product(
          new NativeMatrix.Float32(a, rank, x.size()),
          x.address(),
          hidden.address(),
          0,
          false,
          LowRank.NONE);
      update = new LowRank(hidden.address(), memory.keep(scaledTranspose(factors)), rank);
    }

    private float[] scaledTranspose(LoraAdapter factors) {
      float[] b = factors.b().getArray().toFloatArray();
      int rank = factors.rank();
      float[] transposed = new float[b.length];
      for (int r = 0; r < rank; r++) {
        for (int i = 0; i < matrix.rows(); i++) {
          transposed[r * matrix.rows() + i] = (float) factors.scaling() * b[i * rank + r];
        }
      }
      return transposed;
    }

    private NativeVector order(int block) {
      NativeVector ordered = vector(x.size());
      program.order(block, x.address(), x.size(), ordered.address());
      return ordered;
    }

    void write(NativeVector result, boolean add) {
      y = result;
      long bias = base.bias().inUse().map(b -> memory.keep(b.getArray(), matrix.rows())).orElse(0L);
      program.product(matrix, x.address(), y.packed(matrix.rows()), bias, add, update);
    }
  }

  @Override
  public List<NativeVector> splitInterleaved(NativeVector qkv) {
    int headDim = spec.headDim();
    long address = qkv.packed(3 * spec.numHeads() * headDim);
    return IntStream.range(0, 3)
        .mapToObj(
            i ->
                new NativeVector(
                    address + (long) i * headDim * FLOAT, qkv.size() / 3, qkv.row(), 3 * headDim))
        .toList();
  }

  @Override
  public NativeVector attend(int index, List<NativeVector> queryKeyValue) {
    NativeVector y = vector(spec.numHeads() * spec.headDim());
    program.attention(
        index,
        queryKeyValue.get(0).heads(),
        queryKeyValue.get(1).heads(),
        queryKeyValue.get(2).heads(),
        spec.numHeads(),
        spec.headDim(),
        angles,
        slopes,
        y.address());
    program.barrier();
    return y;
  }

  @Override
  public NativeVector activate(TokenActivation activation, List<NativeVector> inputs) {
    NativeVector x = inputs.get(0);
    long address = x.packed(x.size());
    switch (activation) {
      case SILU_GATE ->
          program.siluGate(address, inputs.get(1).packed(x.size()), x.size(), address);
      case GELU_TANH -> program.geluTanh(address, x.size(), address);
    }
    program.barrier();
    return x;
  }
}
