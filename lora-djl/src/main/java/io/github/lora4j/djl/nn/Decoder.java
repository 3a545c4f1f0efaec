// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import io.github.lora4j.AdapterRows;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.ActivationStep;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The one decoder: embed → layers → norm → head. Its weights belong to the manager it was built
 * with.
 *
 * <p>Each method takes and gives hidden states of shape (T, hidden) on the manager of its input and
 * leaves nothing else behind.
 */
public final class Decoder implements Network {
  private final DecoderSpec spec;
  private final TorchOps ops;
  private final PositionScheme positions;
  private final Map<String, ModuleSlot> modules;
  private final ModuleSlot embedding;
  private final List<EmbeddingStep> embeddingSteps;
  private final List<DecoderLayer> layers;
  private final List<ModuleSlot> exit;
  private final ModuleSlot head;
  private final VirtualSlot prompt = new VirtualSlot();
  private final VirtualSlot prefix = new VirtualSlot();
  private final Optional<ActivationStep> logitCap;

  Decoder(
      DecoderSpec spec,
      TorchOps ops,
      PositionScheme positions,
      Map<String, ModuleSlot> modules,
      ModuleSlot embedding,
      List<EmbeddingStep> embeddingSteps,
      List<DecoderLayer> layers,
      List<ModuleSlot> exit,
      ModuleSlot head) {
    this.spec = spec;
    this.ops = ops;
    this.positions = positions;
    this.modules = new LinkedHashMap<>(modules);
    this.embedding = embedding;
    this.embeddingSteps = List.copyOf(embeddingSteps);
    this.layers = List.copyOf(layers);
    this.exit = List.copyOf(exit);
    this.head = head;
    OptionalDouble cap = spec.logitSoftCap();
    logitCap =
        cap.isPresent()
            ? Optional.of(ActivationStep.softCap(ops, cap.getAsDouble()))
            : Optional.empty();
  }

  /**
   * The decoder's shape.
   *
   * @return the specification
   */
  public DecoderSpec spec() {
    return spec;
  }

  @Override
  public TorchOps ops() {
    return ops;
  }

  /**
   * How order is known.
   *
   * @return the scheme
   */
  public PositionScheme positions() {
    return positions;
  }

  @Override
  public Collection<ModuleSlot> modules() {
    return Collections.unmodifiableCollection(modules.values());
  }

  @Override
  public ModuleSlot module(String name) {
    ModuleSlot slot = modules.get(name);
    if (slot == null) {
      throw new IllegalArgumentException("no module \"" + name + "\"");
    }
    return slot;
  }

  @Override
  public Optional<QkvRows> qkvRows(ModuleSlot module) {
    return layers.stream()
        .map(layer -> layer.attention().queryKeyValue())
        .filter(projection -> projection.linears().equals(List.of(module)))
        .map(projection -> projection.layout().rows())
        .findFirst();
  }

  /**
   * The modules of one layer.
   *
   * @param layer its index
   * @return the places in the order of the data
   */
  public List<ModuleSlot> layerModules(int layer) {
    return layers.get(layer).modules();
  }

  /**
   * The modules of one layer by what they do.
   *
   * @param layer its index
   * @return the places
   */
  public LayerParts layerParts(int layer) {
    return layers.get(layer).parts();
  }

  /**
   * The token embedding.
   *
   * @return its place
   */
  public ModuleSlot embedding() {
    return embedding;
  }

  /** What is done to the rows of the token embedding before the first layer. */
  List<EmbeddingStep> embeddingSteps() {
    return embeddingSteps;
  }

  /**
   * The modules before the first layer.
   *
   * @return the token embedding, and those of the steps behind it
   */
  public List<ModuleSlot> embeddingModules() {
    return Stream.concat(
            Stream.of(embedding), embeddingSteps.stream().flatMap(step -> step.module().stream()))
        .toList();
  }

  /**
   * The modules between the last layer and the head: the final norm, and in OPT 350M a projection
   * in its stead.
   *
   * @return their places in the order of the data
   */
  public List<ModuleSlot> exit() {
    return exit;
  }

  /**
   * The head onto the vocabulary.
   *
   * @return its place
   */
  public ModuleSlot head() {
    return head;
  }

  /**
   * The virtual tokens whose embeddings stand before every sequence.
   *
   * @return their place
   */
  public VirtualSlot prompt() {
    return prompt;
  }

  /**
   * The virtual tokens whose keys and values stand before every sequence in every layer, (count,
   * layers · 2 · keyValueHeads · headDim): the keys of layer 0, its values, the keys of layer 1 …
   *
   * @return their place
   */
  public VirtualSlot prefix() {
    return prefix;
  }

  /**
   * A batch as this decoder runs it: behind the virtual tokens in use.
   *
   * @param batch real tokens
   * @return the batch with the prompt's rows, its positions counted from behind prompt and prefix
   */
  public RaggedBatch withVirtualTokens(RaggedBatch batch) {
    return batch.after(prompt.count()).shifted(prefix.count());
  }

  /**
   * How long a sequence may be behind the virtual tokens in use.
   *
   * @return tokens
   */
  public int maxTokens() {
    return spec.maxPositions() - prompt.count() - prefix.count();
  }

  /**
   * Number of layers.
   *
   * @return the number
   */
  public int numLayers() {
    return layers.size();
  }

  /** {@inheritDoc} Those of virtual tokens come first. */
  @Override
  public ParameterList parameters() {
    ParameterList list = new ParameterList();
    Stream.of(prompt, prefix).forEach(slot -> slot.parameters().forEach(list::add));
    list.addAll(Network.super.parameters());
    return list;
  }

  /**
   * Whether the base's head shares the table of the base's embedding. A head that was merged for
   * good no longer does.
   *
   * @return true if so
   */
  public boolean isHeadTied() {
    return new TableSharing(embedding, head).ofBase();
  }

  @Override
  public Optional<TableSharing> tableSharing() {
    return Optional.of(new TableSharing(embedding, head));
  }

  /**
   * The first layer that has something to train.
   *
   * @return −1 if the embedding has, the number of layers if only what is behind them has
   */
  public int firstTrainableLayer() {
    if (prompt.trains() || embeddingModules().stream().anyMatch(Decoder::trains)) {
      return -1;
    }
    if (prefix.trains()) {
      return 0;
    }
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).modules().stream().anyMatch(Decoder::trains)) {
        return i;
      }
    }
    return layers.size();
  }

  /**
   * Whether an adapter drops inputs in training.
   *
   * @param rows which adapters apply where
   * @return true if one of them does
   */
  public boolean hasDropout(AdapterRows rows) {
    return prompt.hasDropout()
        || prefix.hasDropout()
        || modules.values().stream()
            .map(ModuleSlot::block)
            .filter(LoraLinear.class::isInstance)
            .map(LoraLinear.class::cast)
            .flatMap(lora -> lora.applied(rows, 1).stream())
            .anyMatch(applied -> applied.adapter().dropout() > 0);
  }

  private static boolean trains(ModuleSlot module) {
    return ModuleParameters.inUse(module).values().stream().anyMatch(Parameter::requiresGradient);
  }

  /**
   * Prepares the pass of whole sequences.
   *
   * @param manager owns what the pass holds
   * @param batch the sequences
   * @param training whether dropout is on
   * @param seeds what dropout draws from
   * @return the pass
   */
  public ForwardPass sequencePass(
      NDManager manager, RaggedBatch batch, boolean training, LayerSeeds seeds) {
    return sequencePass(manager, batch, training, seeds, UnaryOperator.identity());
  }

  /**
   * Prepares the pass of whole sequences, with a look at what attends.
   *
   * @param manager owns what the pass holds
   * @param batch the sequences
   * @param training whether dropout is on
   * @param seeds what dropout draws from
   * @param around what is put around attention over {@link #attended}
   * @return the pass
   */
  public ForwardPass sequencePass(
      NDManager manager,
      RaggedBatch batch,
      boolean training,
      LayerSeeds seeds,
      UnaryOperator<AttentionPass> around) {
    RaggedBatch whole = attended(batch);
    AttentionPass attention =
        around.apply(new SequenceAttention(manager, masks(manager), spec.attention(), whole));
    return new ForwardPass(
            positions.rotation(manager, batch.positions()),
            prefix.count() == 0
                ? attention
                : new PrefixAttention(manager, this, whole, training, attention),
            training,
            seeds)
        .with(batch.adapters());
  }

  /**
   * The masks of one new token of each sequence against the tokens before it.
   *
   * @param manager owns them
   * @param lengths keys of each sequence, the new one included
   * @param padded keys the cache shows, at least the longest length
   * @return one a layer, shape (B, heads or 1, 1, padded): −∞ where the token sees no key
   */
  public List<NDArray> tokenMasks(NDManager manager, int[] lengths, int padded) {
    return masks(manager).ofTokens(lengths, padded);
  }

  private AttentionMasks masks(NDManager manager) {
    return new AttentionMasks(manager, ops, positions, spec.attention());
  }

  /**
   * The rows that attention sees.
   *
   * @param batch what the layers see
   * @return the batch with the prefix's rows, if there is a prefix
   */
  public RaggedBatch attended(RaggedBatch batch) {
    return batch.after(prefix.count());
  }

  /**
   * Token ids to hidden states.
   *
   * @param manager owns the result
   * @param tokenIds the ids; those below 0 are virtual tokens
   * @param positions one position a token
   * @param pass the batch's pass; what it notes begins behind the embedding
   * @return shape (T, hidden)
   * @throws io.github.lora4j.LoraException if a position is beyond a table of learned positions
   */
  public NDArray embed(NDManager manager, int[] tokenIds, int[] positions, ForwardPass pass) {
    try (NDScope scope = new NDScope()) {
      NDArray hidden =
          VirtualRows.areAmong(tokenIds)
              ? promptRows(manager, tokenIds, pass)
              : tableRows(manager, tokenIds, pass);
      for (EmbeddingStep step : embeddingSteps) {
        hidden = step.forward(hidden, positions, pass);
      }
      NDScope.unregister(hidden);
      return hidden;
    }
  }

  private NDArray tableRows(NDManager manager, int[] tokenIds, ForwardPass pass) {
    NDArray ids = manager.create(Arrays.stream(tokenIds).asLongStream().toArray());
    return embedding.forward(ids, pass);
  }

  private NDArray promptRows(NDManager manager, int[] tokenIds, ForwardPass pass) {
    VirtualTokens tokens = prompt.inUse().orElseThrow();
    NDArray rows = tableRows(manager, VirtualRows.real(tokenIds), pass);
    return VirtualRows.join(
        ops,
        rows,
        tokens.values(rows, pass.training()),
        VirtualRows.order(manager, tokenIds, tokens.count()));
  }

  /**
   * Runs some layers.
   *
   * @param hidden shape (T, hidden)
   * @param pass the batch's pass
   * @param from the first layer
   * @param to the layer after the last
   * @return shape (T, hidden), {@code hidden} itself if there is no layer between
   */
  public NDArray layers(NDArray hidden, ForwardPass pass, int from, int to) {
    NDArray current = hidden;
    for (DecoderLayer layer : layers.subList(from, to)) {
      try (NDScope scope = new NDScope()) {
        pass.seeds().enter(layer.index());
        NDArray next = layer.forward(current, pass);
        NDScope.unregister(next);
        if (current != hidden && !pass.tape().keeps(current)) {
          current.close();
        }
        current = next;
      }
    }
    return current;
  }

  /**
   * Writes down the work on single tokens, with the weights as they are now.
   *
   * @param manager closes what comes back, if nobody did before
   * @param kernels native kernels to run it, if they are to be used
   * @param sequences how many tokens at most go through at once
   * @return a native program, or for one sequence TorchScript operators, or empty if neither knows
   *     all modules
   */
  public Optional<TokenDecoder> tokenDecoder(
      NDManager manager, Optional<NativeKernels> kernels, int sequences) {
    Optional<TokenDecoder> decoder =
        kernels.flatMap(k -> NativeTokenDecoder.of(k, this, layers, manager, sequences));
    return decoder.isPresent() || sequences > 1
        ? decoder
        : FusedTokenDecoder.of(this, layers, manager);
  }

  /** Has the way from the last layer to the logits taken down for single tokens. */
  <V> V writeLogits(TokenWriter<V> writer, V hidden) {
    V current = hidden;
    for (ModuleSlot module : exit) {
      current = TokenLinear.write(writer, module, current);
    }
    V logits = TokenLinear.write(writer, head, current);
    OptionalDouble cap = spec.logitSoftCap();
    return cap.isPresent() ? writer.softCap(logits, cap.getAsDouble()) : logits;
  }

  /**
   * What is between the layers and the head, the head, and the soft cap if there is one.
   *
   * @param hidden what the last layer gave, shape (R, hidden)
   * @param pass the batch's pass
   * @return logits, shape (R, vocabulary)
   */
  public NDArray logits(NDArray hidden, ForwardPass pass) {
    NDArray current = hidden;
    for (ModuleSlot module : exit) {
      current = next(module, current, hidden, pass);
    }
    NDArray logits = next(head, current, hidden, pass);
    return logitCap.map(cap -> cap.forward(logits, pass.tape())).orElse(logits);
  }

  /** A step whose input is freed behind it unless the tape needs it or it is the caller's. */
  private static NDArray next(ModuleSlot module, NDArray x, NDArray callers, ForwardPass pass) {
    NDArray y = module.forward(x, pass);
    if (x != callers && !pass.tape().keeps(x)) {
      x.close();
    }
    return y;
  }
}
