// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.TrainingException;
import io.github.lora4j.spi.AdamWStep;
import io.github.lora4j.spi.OptimizerKernels;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@link AdamW} whose state may be larger than memory (Dettmers et al., 2023, section 3, "paged
 * optimizers"; bitsandbytes: {@code paged_adamw_32bit} and {@code paged_adamw_8bit}).
 *
 * <p>The state lies in pages on the CPU's side. At most {@link Builder#residentBudget} bytes of
 * them are in memory; the others lie in a file, and the page that is needed next is read while the
 * one before is worked on. Where all fits, no file is made. Whatever the budget, the numbers are
 * the same, bit for bit; with 32 bits they are those of {@code torch.optim.AdamW} on float32
 * weights, each step to about one unit in the last place.
 *
 * <p>A parameter on a GPU, of another type than float32 or not contiguous is stepped in a float32
 * copy on the CPU, where its state is, and written back, rounded to its type (as ZeRO-Offload does;
 * Ren et al., 2021).
 *
 * <p>Each update of a parameter counts as a step of it: one device. Gradients are not clipped here,
 * as an optimizer of DJL sees one parameter at a time; {@link
 * io.github.lora4j.train.FineTunerBuilder#maxGradientNorm} clips before. Methods may be called from
 * several threads, one of which waits for the other.
 */
public final class PagedAdamW extends Optimizer implements StatefulOptimizer, AutoCloseable {
  private static final String NAME = "PagedAdamW";

  private final AdamWSettings settings;
  private final int bits;
  private final PagedState state;
  private final OptimizerKernels kernels;
  private boolean closed;
  private RestoredNames restored = new RestoredNames(NAME, List.of());

  private PagedAdamW(Builder builder) {
    super(builder);
    settings = builder.settings();
    bits = builder.bits;
    kernels = builder.kernels;
    long frames = builder.residentBudget / builder.pageSize;
    PageTraffic traffic = new PageTraffic(builder.pageSize, builder.opener());
    state =
        new PagedState(
            new PageCache((int) Math.min(frames, Integer.MAX_VALUE), builder.pageSize, traffic));
  }

  /**
   * Starts with the defaults of {@link AdamWBuilder}, 32 bits, a budget of 1 GiB and pages of 4
   * MiB.
   *
   * @return the builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Updates one parameter in place and clears the gradient that the engine keeps for it, as DJL's
   * trainer expects.
   *
   * @param parameterId names the parameter's state
   * @param weight the parameter
   * @param grad its gradient, same shape; zeros afterwards if it is the one the engine keeps
   * @throws TrainingException if the state file cannot be written or read, or restored state has
   *     another shape; a parameter whose state found no room is not changed
   */
  @Override
  public synchronized void update(String parameterId, NDArray weight, NDArray grad) {
    requireOpen();
    ParameterState parameter = stateOf(settings.name(parameterId), weight);
    AdamWStep step = settings.step(parameterId, parameter.step + 1);
    try (NDManager scope = grad.getManager().newSubManager()) {
      ArrayValues values = ArrayValues.of(kernels, weight, scope);
      ArrayValues gradients = ArrayValues.of(kernels, grad, scope);
      for (Segment segment : parameter.segments) {
        update(parameter.format, segment, values, gradients, step);
      }
      values.writeBack(scope);
    }
    parameter.step++;
    WeightGradient.clear(kernels, weight);
  }

  /** {@inheritDoc} Its pages serve the next parameter of the same size. */
  @Override
  public synchronized void forget(String parameterId) {
    requireOpen();
    state.remove(settings.name(parameterId));
  }

  private void update(
      StateFormat format,
      Segment segment,
      ArrayValues values,
      ArrayValues gradients,
      AdamWStep step) {
    ByteBuffer page = state.pages.use(segment.page());
    List<ByteBuffer> planes = segment.planes(page, format);
    ByteBuffer parameter = values.part(segment.from(), segment.count());
    ByteBuffer gradient = gradients.part(segment.from(), segment.count());
    format.step(kernels, parameter, gradient, planes, step);
  }

  private ParameterState stateOf(String name, NDArray weight) {
    ParameterState known = state.parameters().get(name);
    restored.claim(name, known != null);
    if (known == null) {
      StateFormat format = StateFormat.of(bits, weight.size());
      return state.create(name, weight.getShape(), format);
    }
    if (!known.shape.equals(weight.getShape())) {
      throw new TrainingException(
          "PagedAdamW: parameter %s has shape %s, its state %s; restore the state of this model, or use a new optimizer"
              .formatted(name, weight.getShape(), known.shape));
    }
    return known;
  }

  /**
   * Saves the state: moments and steps of all parameters, as a safetensors file with the tensors
   * {@code NAME.step}, and {@code NAME.exp_avg} and {@code NAME.exp_avg_sq} as torch calls them for
   * 32 bits, or {@code NAME.state1}, {@code absmax1}, {@code state2} and {@code absmax2} as
   * bitsandbytes does for 8. The learning rate's schedule is not in it, but follows from the steps.
   *
   * @param file where to; an existing file is replaced when all is written
   * @throws io.github.lora4j.CheckpointException if it cannot be written; what was there before is
   *     unchanged
   * @throws TrainingException if the state file cannot be read
   */
  @Override
  public synchronized void save(Path file) {
    requireOpen();
    new StateWriter(state, metadata()).write(file);
  }

  /**
   * Restores what {@link #save} wrote, so that training goes on as if it had not been interrupted.
   * Parameters that the file does not have begin anew.
   *
   * @param file a saved state
   * @throws io.github.lora4j.CheckpointException if the file is damaged or of an optimizer with
   *     other bits or betas; the message names the field
   * @throws TrainingException if this optimizer has state already, or there is no room for the
   *     state; in the latter case the optimizer is closed
   */
  @Override
  public synchronized void restore(Path file) {
    requireOpen();
    if (!state.parameters().isEmpty()) {
      throw new TrainingException(
          "PagedAdamW: has state of %d parameters, expected none; restore into a new optimizer"
              .formatted(state.parameters().size()));
    }
    try (StateReader reader = StateReader.open(file)) {
      reader.requireMetadata(metadata());
      Map<String, Shape> shapes = reader.shapes(bits);
      fill(reader, shapes);
      restored = new RestoredNames(NAME, shapes.keySet());
    }
  }

  private void fill(StateReader reader, Map<String, Shape> shapes) {
    try {
      shapes.forEach(
          (name, shape) -> {
            state.restore(name, shape, StateFormat.of(bits, shape.size()), reader);
          });
    } catch (RuntimeException e) {
      close(); // rather than go on with half a state
      throw e;
    }
  }

  private Map<String, String> metadata() {
    return settings.metadata(bits);
  }

  /**
   * Where the state lies and what was moved.
   *
   * @return the numbers so far
   */
  public synchronized PagingStatistics statistics() {
    requireOpen();
    return state.pages.statistics();
  }

  private void requireOpen() {
    if (closed) {
      throw new TrainingException(
          "PagedAdamW: is closed and has no state any more; make a new one");
    }
  }

  /** Frees the memory of the state and deletes the state file. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      state.close();
    }
  }

  /** Collects the settings. */
  public static final class Builder extends AdamWBuilder<Builder> {
    private static final int PAGE_UNIT = 4096;

    private int bits = 32;
    private long residentBudget = 1L << 30;
    private int pageSize = 4 << 20;
    private OptimizerKernels kernels = OptimizerKernels.get();
    private @Nullable Supplier<PageFile> opener;

    Builder() {
      super(NAME);
    }

    @Override
    protected Builder self() {
      return this;
    }

    /**
     * Sets how many bits a value of each moment takes. With 8, parameters of fewer than 4096 values
     * keep 32, as in bitsandbytes.
     *
     * @param value 32 or 8; 32 by default
     * @return this
     * @throws ConfigurationException if it is neither
     */
    public Builder bits(int value) {
      if (value != 32 && value != 8) {
        throw new ConfigurationException("PagedAdamW: bits must be 32 or 8, was " + value);
      }
      bits = value;
      return this;
    }

    /**
     * Sets how much memory pages may take.
     *
     * @param bytes at least two pages; 1 GiB by default
     * @return this
     */
    public Builder residentBudget(long bytes) {
      residentBudget = bytes;
      return this;
    }

    /**
     * Sets what is moved at a time. Small parameters share a page, large ones have many.
     *
     * @param bytes a multiple of 4096, at least that; 4 MiB by default
     * @return this
     * @throws ConfigurationException if it is not
     */
    public Builder pageSize(int bytes) {
      if (bytes < PAGE_UNIT || bytes % PAGE_UNIT != 0) {
        throw new ConfigurationException(
            "PagedAdamW: pageSize must be a multiple of 4096 bytes and above 0, was " + bytes);
      }
      pageSize = bytes;
      return this;
    }

    /**
     * Sets where pages go that are not in memory; by default a file in {@code java.io.tmpdir} that
     * no other process sees. On many systems that directory lies in memory: name a file on a disk
     * then. It is scratch space, deleted when the optimizer is closed; what lasts is written by
     * {@link PagedAdamW#save}.
     *
     * @param file a file that does not exist yet, made when the budget is first exceeded
     * @return this
     */
    public Builder stateFile(Path file) {
      Objects.requireNonNull(file, "file");
      return opener(() -> PageFile.create(file));
    }

    Builder opener(Supplier<PageFile> value) {
      opener = value;
      return this;
    }

    Builder kernels(OptimizerKernels value) {
      kernels = value;
      return this;
    }

    private Supplier<PageFile> opener() {
      return opener == null ? PageFile::createTemporary : opener;
    }

    /**
     * Builds the optimizer.
     *
     * @return the optimizer, without state
     * @throws ConfigurationException if the budget is below two pages
     */
    public PagedAdamW build() {
      if (residentBudget < 2L * pageSize) {
        throw new ConfigurationException(
            "PagedAdamW: residentBudget must hold at least two pages of %d bytes, one in use and one on its way, was %d; raise it or lower pageSize"
                .formatted(pageSize, residentBudget));
      }
      return new PagedAdamW(this);
    }
  }
}
