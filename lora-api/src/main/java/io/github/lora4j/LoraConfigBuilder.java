// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Builds a {@link LoraConfig}; what is not set keeps PEFT's default. */
public final class LoraConfigBuilder {
  private int rank = 8;
  private double alpha = 8;
  private double dropout;
  private ModuleSelector targetModules = new ModuleSelector.Unset();
  private ModuleSelector excludeModules = new ModuleSelector.Unset();
  private Bias bias = Bias.NONE;
  private List<String> modulesToSave = List.of();
  private TokenIndices trainableTokenIndices = new TokenIndices.None();
  private List<Integer> layersToTransform = List.of();
  private List<String> layersPattern = List.of();
  private final Map<String, Integer> rankPattern = new LinkedHashMap<>();
  private final Map<String, Double> alphaPattern = new LinkedHashMap<>();
  private boolean rankStabilized;
  private boolean useDora;
  private boolean loraBias;
  private boolean fanInFanOut;
  private Set<QkvPart> fusedTargets = Set.of();
  private Initialization initialization = Initialization.KAIMING_UNIFORM;
  private Optional<TaskType> taskType = Optional.empty();
  private Optional<String> baseModelNameOrPath = Optional.empty();
  private Optional<String> revision = Optional.empty();
  private final Map<String, String> unknownFields = new LinkedHashMap<>();

  LoraConfigBuilder() {}

  LoraConfigBuilder(LoraConfig config) {
    rank = config.rank();
    alpha = config.alpha();
    dropout = config.dropout();
    targetModules = config.targetModules();
    excludeModules = config.excludeModules();
    bias = config.bias();
    modulesToSave = config.modulesToSave();
    trainableTokenIndices = config.trainableTokenIndices();
    layersToTransform = config.layersToTransform();
    layersPattern = config.layersPattern();
    rankPattern.putAll(config.rankPattern());
    alphaPattern.putAll(config.alphaPattern());
    rankStabilized = config.rankStabilized();
    useDora = config.useDora();
    loraBias = config.loraBias();
    fanInFanOut = config.fanInFanOut();
    fusedTargets = config.fusedTargets();
    initialization = config.initialization();
    taskType = config.taskType();
    baseModelNameOrPath = config.baseModelNameOrPath();
    revision = config.revision();
    unknownFields.putAll(config.unknownFields());
  }

  /**
   * Sets the rank of A and B (PEFT: {@code r}).
   *
   * @param rank at least 1; 8 if not set
   * @return this
   */
  public LoraConfigBuilder rank(int rank) {
    this.rank = rank;
    return this;
  }

  /**
   * Sets the numerator of the scaling alpha/rank (PEFT: {@code lora_alpha}).
   *
   * @param alpha above 0; 8 if not set
   * @return this
   */
  public LoraConfigBuilder alpha(double alpha) {
    this.alpha = alpha;
    return this;
  }

  /**
   * Sets the probability with which an input of A is dropped in training (PEFT: {@code
   * lora_dropout}).
   *
   * @param dropout in [0, 1); 0 if not set
   * @return this
   */
  public LoraConfigBuilder dropout(double dropout) {
    this.dropout = dropout;
    return this;
  }

  /**
   * Adapts the modules with these names, or whose name ends in a dot and one of them.
   *
   * @param names names or ends of names, such as {@code q_proj} or {@code mlp.down_proj}
   * @return this
   */
  public LoraConfigBuilder targetModules(String... names) {
    return targetModules(new ModuleSelector.Names(Arrays.asList(names)));
  }

  /**
   * Adapts the modules whose whole name matches (PEFT: a string as {@code target_modules}).
   *
   * @param expression a regular expression in Python's syntax
   * @return this
   */
  public LoraConfigBuilder targetRegex(String expression) {
    return targetModules(new ModuleSelector.Regex(expression));
  }

  /**
   * Adapts every linear module but the output head (PEFT: {@code "all-linear"}).
   *
   * @return this
   */
  public LoraConfigBuilder allLinear() {
    return targetModules(new ModuleSelector.AllLinear());
  }

  /**
   * Adapts the selected modules.
   *
   * @param selector the modules; the architecture's default if not set
   * @return this
   */
  public LoraConfigBuilder targetModules(ModuleSelector selector) {
    this.targetModules = selector;
    return this;
  }

  /**
   * Spares modules by name.
   *
   * @param names names or ends of names
   * @return this
   */
  public LoraConfigBuilder excludeModules(String... names) {
    return excludeModules(new ModuleSelector.Names(Arrays.asList(names)));
  }

  /**
   * Spares the modules whose whole name matches.
   *
   * @param expression a regular expression in Python's syntax
   * @return this
   */
  public LoraConfigBuilder excludeRegex(String expression) {
    return excludeModules(new ModuleSelector.Regex(expression));
  }

  /**
   * Spares the selected modules.
   *
   * @param selector the modules; none if not set
   * @return this
   */
  public LoraConfigBuilder excludeModules(ModuleSelector selector) {
    this.excludeModules = selector;
    return this;
  }

  /**
   * Sets which biases of the base model train too.
   *
   * @param bias the biases; none if not set
   * @return this
   */
  public LoraConfigBuilder bias(Bias bias) {
    this.bias = bias;
    return this;
  }

  /**
   * Trains modules in full and stores them with the adapter.
   *
   * @param names the modules: those whose name ends in one of these
   * @return this
   */
  public LoraConfigBuilder modulesToSave(String... names) {
    this.modulesToSave = Arrays.asList(names);
    return this;
  }

  /**
   * Trains rows of the input embedding beside the factors, such as those of new tokens, and stores
   * them with the adapter; a head that shares the table follows.
   *
   * @param ids token ids, each once; none if not set
   * @return this
   */
  public LoraConfigBuilder trainableTokenIndices(int... ids) {
    return trainableTokenIndices(
        new TokenIndices.InputEmbedding(Arrays.stream(ids).boxed().toList()));
  }

  /**
   * Trains rows of token tables beside the factors.
   *
   * @param indices which rows of which tables; none if not set
   * @return this
   */
  public LoraConfigBuilder trainableTokenIndices(TokenIndices indices) {
    this.trainableTokenIndices = indices;
    return this;
  }

  /**
   * Adapts only modules of these layers. Modules that are targeted by their full name are adapted
   * in any layer.
   *
   * @param layers indices from 0; all layers if not set
   * @return this
   */
  public LoraConfigBuilder layersToTransform(int... layers) {
    this.layersToTransform = Arrays.stream(layers).boxed().toList();
    return this;
  }

  /**
   * Says how the list of layers is called, where the first {@code .name.NUMBER.} of a module's name
   * is not the layer.
   *
   * @param names the names, regular expressions in Python's syntax
   * @return this
   */
  public LoraConfigBuilder layersPattern(String... names) {
    this.layersPattern = Arrays.asList(names);
    return this;
  }

  /**
   * Gives some modules another rank. Of several patterns that match, the one set first counts.
   *
   * @param pattern matches the end of the module's name; a regular expression in Python's syntax
   * @param rank their rank
   * @return this
   */
  public LoraConfigBuilder rankPattern(String pattern, int rank) {
    rankPattern.put(pattern, rank);
    return this;
  }

  /**
   * Gives some modules another alpha. Of several patterns that match, the one set first counts.
   *
   * @param pattern matches the end of the module's name; a regular expression in Python's syntax
   * @param alpha their alpha
   * @return this
   */
  public LoraConfigBuilder alphaPattern(String pattern, double alpha) {
    alphaPattern.put(pattern, alpha);
    return this;
  }

  /**
   * Scales by alpha/√rank in place of alpha/rank (PEFT: {@code use_rslora}).
   *
   * @param rankStabilized whether to; false if not set
   * @return this
   */
  public LoraConfigBuilder rankStabilized(boolean rankStabilized) {
    this.rankStabilized = rankStabilized;
    return this;
  }

  /**
   * Gives each row of W + scaling · B A a length of its own that trains (DoRA, Liu et al. 2024;
   * PEFT: {@code use_dora}).
   *
   * @param useDora whether to; false if not set
   * @return this
   */
  public LoraConfigBuilder useDora(boolean useDora) {
    this.useDora = useDora;
    return this;
  }

  /**
   * Gives B a bias that trains (PEFT: {@code lora_bias}). Such an adapter can be merged where the
   * module has a bias too.
   *
   * @param loraBias whether to; false if not set
   * @return this
   */
  public LoraConfigBuilder loraBias(boolean loraBias) {
    this.loraBias = loraBias;
    return this;
  }

  /**
   * Says that base weights are stored transposed, as GPT-2's are. It follows the adapted modules
   * when the adapter is put on a model.
   *
   * @param fanInFanOut whether they are; false if not set
   * @return this
   */
  public LoraConfigBuilder fanInFanOut(boolean fanInFanOut) {
    this.fanInFanOut = fanInFanOut;
    return this;
  }

  /**
   * Adapts queries, keys or values alone where a targeted module holds them in one, as BLOOM's
   * {@code query_key_value} does (microsoft/LoRA: {@code enable_lora}). What is saved is an
   * ordinary adapter whose B is zero elsewhere; loaded again, it trains as a whole.
   *
   * @param parts the parts; whole modules if none
   * @return this
   */
  public LoraConfigBuilder fusedTargets(QkvPart... parts) {
    this.fusedTargets = new LinkedHashSet<>(Arrays.asList(parts));
    return this;
  }

  /**
   * Sets what A and B hold before the first step (PEFT: {@code init_lora_weights}).
   *
   * @param initialization the initialization; {@link Initialization#KAIMING_UNIFORM} if not set
   * @return this
   */
  public LoraConfigBuilder initialization(Initialization initialization) {
    this.initialization = initialization;
    return this;
  }

  /**
   * Says what the model is for. The head of a classification model then trains with the adapter.
   *
   * @param taskType the task
   * @return this
   */
  public LoraConfigBuilder taskType(TaskType taskType) {
    this.taskType = Optional.of(taskType);
    return this;
  }

  /**
   * Names the model the adapter is for.
   *
   * @param baseModelNameOrPath a Hugging Face name or a path
   * @return this
   */
  public LoraConfigBuilder baseModelNameOrPath(String baseModelNameOrPath) {
    this.baseModelNameOrPath = Optional.of(baseModelNameOrPath);
    return this;
  }

  /**
   * Names the version of the model the adapter is for.
   *
   * @param revision a branch, tag or commit
   * @return this
   */
  public LoraConfigBuilder revision(String revision) {
    this.revision = Optional.of(revision);
    return this;
  }

  /**
   * Keeps a field of an adapter_config.json that is not modelled here.
   *
   * @param field the field's name
   * @param json its value, as JSON text
   * @return this
   */
  public LoraConfigBuilder unknownField(String field, String json) {
    unknownFields.put(field, json);
    return this;
  }

  /**
   * Checks and builds the config.
   *
   * @return the config
   * @throws ConfigurationException if a field has a value that cannot work, or two contradict each
   *     other; the message names the field, the value and the rule
   */
  public LoraConfig build() {
    return new LoraConfig(
        rank,
        alpha,
        dropout,
        targetModules,
        excludeModules,
        bias,
        modulesToSave,
        trainableTokenIndices,
        layersToTransform,
        layersPattern,
        rankPattern,
        alphaPattern,
        rankStabilized,
        useDora,
        loraBias,
        fanInFanOut,
        fusedTargets,
        initialization,
        taskType,
        baseModelNameOrPath,
        revision,
        unknownFields);
  }
}
