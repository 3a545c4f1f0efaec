package io.github.lora4j.djl.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.model.AdaptedModel;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.train.Evaluation;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.djl.train.ParameterUpdates;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.peft.PeftNames;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.train.AdamW;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Computes what a reference file holds and compares: {@code base_logits}, {@code base_loss}
 * (adapter off), {@code logits}, {@code loss}, {@code grad.*}, {@code merged_logits}, {@code
 * train_losses}, {@code final.*}, {@code generated}.
 */
public final class ParityCheck {
  private static final List<String> INPUTS = List.of("input_ids", "attention_mask", "labels");

  private final ParityOptions options;
  private final SafetensorsFile inputs;
  private final SafetensorsFile reference;
  private final DecoderModel model;
  private final Optional<AdaptedModel> adapted;
  private final Map<String, TensorParity> results = new LinkedHashMap<>();
  private final NDManager manager;

  private ParityCheck(
      ParityOptions options,
      SafetensorsFile inputs,
      SafetensorsFile reference,
      DecoderModel model,
      NDManager manager) {
    this.options = options;
    this.inputs = inputs;
    this.reference = reference;
    this.model = model;
    this.manager = manager;
    adapted = model instanceof AdaptedModel m ? Optional.of(m) : Optional.empty();
  }

  /**
   * Runs the comparison.
   *
   * @param options what to compare, and how
   * @return one result a reference tensor, inputs left out
   * @throws io.github.lora4j.LoraException if model, adapter or a file cannot be read
   */
  public static List<TensorParity> run(ParityOptions options) {
    try (SafetensorsFile reference = SafetensorsFile.open(options.reference());
        SafetensorsFile inputs = SafetensorsFile.open(options.inputs());
        DecoderModel base = (DecoderModel) HuggingFaceModel.load(options.model());
        NDManager manager = base.getNDManager().newSubManager()) {
      if (options.adapter().isEmpty()) {
        return new ParityCheck(options, inputs, reference, base, manager).check();
      }
      try (DecoderModel adapted = (DecoderModel) LoraModel.load(base, options.adapter().get())) {
        return new ParityCheck(options, inputs, reference, adapted, manager).check();
      }
    }
  }

  private List<TensorParity> check() {
    checkBase();
    NDList batch = batch();
    long[] labels = longs("labels");
    RaggedBatch ragged = model.getBlock().pack(batch);
    compareLogits("logits", ragged);
    compareLoss("loss", ragged, labels);
    checkMerged(ragged);
    checkTraining(ragged, labels);
    compareGenerated(ragged);
    List<TensorParity> inOrder = new ArrayList<>();
    for (String name : new TreeSet<>(reference.names())) {
      if (!INPUTS.contains(name)) {
        inOrder.add(
            results.getOrDefault(name, TensorParity.unchecked(name, "nothing here computes it")));
      }
    }
    return inOrder;
  }

  private void checkBase() {
    if (adapted.isEmpty()) {
      return;
    }
    adapted.get().disableAdapters();
    RaggedBatch ragged = model.getBlock().pack(batch());
    compareLogits("base_logits", ragged);
    compareLoss("base_loss", ragged, longs("labels"));
    adapted.get().enableAdapters();
  }

  private NDList batch() {
    NDList batch = new NDList(array("input_ids"));
    if (inputs.contains("attention_mask")) {
      batch.add(array("attention_mask"));
    }
    return batch;
  }

  private NDArray array(String name) {
    if (!inputs.contains(name)) {
      throw new CheckpointException(
          "%s: tensor \"%s\" is missing; give a file that has it with --inputs"
              .formatted(inputs.path(), name));
    }
    return inputs.tensor(name).toNDArray(manager);
  }

  private long[] longs(String name) {
    try (NDArray array = array(name)) {
      return array.toLongArray();
    }
  }

  private void compareLogits(String name, RaggedBatch ragged) {
    if (!reference.contains(name)) {
      return;
    }
    try (NDManager scope = manager.newSubManager()) {
      NDList batch = batch();
      batch.attach(scope);
      float[] ours =
          model
              .getBlock()
              .forward(new ParameterStore(scope, false), batch, false)
              .singletonOrThrow()
              .toFloatArray();
      float[] theirs = reference.tensor(name).toFloatArray();
      int width = model.decoder().spec().vocabularySize();
      if (ours.length != theirs.length) {
        results.put(name, TensorParity.unchecked(name, "shapes differ"));
        return;
      }
      double worst = 0;
      for (int cell : ragged.cells()) {
        for (int v = 0; v < width; v++) {
          worst = worse(worst, ours[cell * width + v], theirs[cell * width + v]);
        }
      }
      put(name, worst, options.logitsTolerance());
    }
  }

  private void compareLoss(String name, RaggedBatch ragged, long[] labels) {
    if (reference.contains(name)) {
      double sum = new Evaluation(model.decoder()).summedLoss(manager, ragged, labels);
      double loss = sum / GradientEngine.countTargets(ragged, labels);
      put(
          name,
          Math.abs(loss - reference.tensor(name).toFloatArray()[0]),
          options.trainingTolerance());
    }
  }

  private void compareGenerated(RaggedBatch ragged) {
    if (!reference.contains("generated")) {
      return;
    }
    StoredTensor expected = reference.tensor("generated");
    int columns = (int) expected.shape().get(1);
    int newTokens = columns - ragged.paddedColumns();
    List<int[]> prompts = new ArrayList<>();
    for (int b = 0; b < ragged.sequences(); b++) {
      prompts.add(
          Arrays.copyOfRange(ragged.tokenIds(), ragged.offsets()[b], ragged.offsets()[b + 1]));
    }
    GenerationConfig config =
        GenerationConfig.builder().maxNewTokens(newTokens).ignoreEndOfSequence(true).build();
    List<int[]> ours = model.generateTokens(prompts, config);
    long[] theirs;
    try (NDArray array = expected.toNDArray(manager)) {
      theirs = array.toLongArray();
    }
    double worst = 0;
    for (int b = 0; b < ours.size(); b++) {
      for (int i = 0; i < newTokens; i++) {
        worst =
            worse(worst, ours.get(b)[i], (double) theirs[b * columns + ragged.paddedColumns() + i]);
      }
    }
    put("generated", worst, 0);
  }

  private void checkMerged(RaggedBatch ragged) {
    if (adapted.isPresent() && reference.contains("merged_logits")) {
      adapted.get().merge();
      compareLogits("merged_logits", ragged);
      adapted.get().unmerge();
    }
  }

  private void checkTraining(RaggedBatch ragged, long[] labels) {
    if (adapted.isEmpty()) {
      return;
    }
    GradientEngine engine = new GradientEngine(model.decoder(), GradientCheckpointing.none(), 0);
    double weight = 1.0 / GradientEngine.countTargets(ragged, labels);
    engine.accumulate(manager, ragged, labels, weight);
    compareParameters(
        "grad.", options.trainingTolerance(), parameter -> GradientEngine.gradient(parameter));
    engine.zeroGradients();
    if (!reference.contains("train_losses")) {
      return;
    }
    float[] expected = reference.tensor("train_losses").toFloatArray();
    double worst = 0;
    try (AdamW optimizer =
        AdamW.builder()
            .learningRate(options.learningRate())
            .weightDecay(options.weightDecay())
            .build()) {
      for (float theirs : expected) {
        double ours = engine.accumulate(manager, ragged, labels, weight) * weight;
        worst = worse(worst, ours, theirs);
        ParameterUpdates.step(engine, optimizer);
      }
    }
    put("train_losses", worst, options.trainingTolerance());
    compareParameters(
        "final.", options.parametersTolerance(), parameter -> parameter.getArray().stopGradient());
  }

  private void compareParameters(
      String prefix, double tolerance, Function<Parameter, NDArray> value) {
    adapted
        .get()
        .requireActive()
        .trained()
        .forEach(
            (tensor, parameter) -> {
              String name = referenceName(prefix, tensor);
              if (reference.contains(name)) {
                try (NDArray ours = value.apply(parameter)) {
                  compare(
                      name, ours.toFloatArray(), reference.tensor(name).toFloatArray(), tolerance);
                }
              }
            });
  }

  private String referenceName(String prefix, PeftTensor tensor) {
    return prefix
        + PeftNames.memoryName(
            tensor, PeftNames.DEFAULT_ADAPTER, adapted.get().requireActive().plan().savedNames());
  }

  private void compare(String name, float[] ours, float[] theirs, double tolerance) {
    if (ours.length != theirs.length) {
      results.put(name, TensorParity.unchecked(name, "shapes differ"));
      return;
    }
    double worst = 0;
    for (int i = 0; i < ours.length; i++) {
      worst = worse(worst, ours[i], theirs[i]);
    }
    put(name, worst, tolerance);
  }

  private void put(String name, double worst, double tolerance) {
    results.put(name, new TensorParity(name, worst, tolerance, ""));
  }

  /** The larger difference; NaN wins. */
  private static double worse(double worst, double ours, double theirs) {
    double difference = Math.abs(ours - theirs);
    return Double.isNaN(difference) || difference > worst ? difference : worst;
  }
}
