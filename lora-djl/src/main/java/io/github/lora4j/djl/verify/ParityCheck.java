// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.inject.NetworkAdapter;
import io.github.lora4j.djl.model.AdaptedModel;
import io.github.lora4j.djl.model.DecoderModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Computes what a reference file holds and compares: {@code base_logits}, {@code base_loss}
 * (adapter off), {@code residual.NAME} (the weight an adapter works over), {@code logits}, {@code
 * loss}, {@code merged_logits}, {@code grad.NAME}, {@code train_losses}, {@code final.NAME}
 * (parameters by PEFT's names) and {@code generated}, which is of the trained adapter if the
 * reference trains.
 */
public final class ParityCheck {
  private static final String MERGED_LOGITS = "merged_logits";

  private final Optional<AdaptedModel> adapted;
  private final ParityOptions options;
  private final ParityResults results;
  private final NDManager manager;
  private final InferenceParity inference;
  private final Optional<long[]> labels;

  private ParityCheck(
      DecoderModel model,
      ParityOptions options,
      ParityInputs inputs,
      ParityResults results,
      NDManager manager) {
    this.options = options;
    this.results = results;
    this.manager = manager;
    adapted = model instanceof AdaptedModel m ? Optional.of(m) : Optional.empty();
    inference = new InferenceParity(model, options, inputs, results, manager);
    labels = inputs.labels(manager);
  }

  /**
   * Runs the comparison.
   *
   * @param options what to compare, and how
   * @return one result a reference tensor, inputs left out, in alphabetical order; a tensor that
   *     cannot be compared is among them, and not {@link TensorParity#ok()}
   * @throws io.github.lora4j.LoraException if model, adapter or a file cannot be read, or the
   *     reference has nothing to compare
   */
  public static List<TensorParity> run(ParityOptions options) {
    try (SafetensorsFile reference = SafetensorsFile.open(options.reference());
        SafetensorsFile inputs = SafetensorsFile.open(options.inputs())) {
      ParityResults results = new ParityResults(reference);
      if (results.names().isEmpty()) {
        throw new CheckpointException(
            "%s: no tensor to compare with, such as \"logits\"".formatted(reference.path()));
      }
      return run(options, new ParityInputs(inputs), results);
    }
  }

  private static List<TensorParity> run(
      ParityOptions options, ParityInputs inputs, ParityResults results) {
    try (DecoderModel base = (DecoderModel) HuggingFaceModel.load(options.model(), options.load());
        NDManager manager = base.getNDManager().newSubManager()) {
      Optional<Path> adapter = options.adapter();
      if (adapter.isEmpty()) {
        return new ParityCheck(base, options, inputs, results, manager).check();
      }
      try (DecoderModel adapted = (DecoderModel) LoraModel.load(base, adapter.get())) {
        return new ParityCheck(adapted, options, inputs, results, manager).check();
      }
    }
  }

  private List<TensorParity> check() {
    adapted.ifPresent(AdaptedModel::disableAdapters);
    inference.logits("base_logits");
    labels.ifPresent(l -> inference.loss("base_loss", l));
    adapted.ifPresent(AdaptedModel::enableAdapters);
    inference.logits("logits");
    labels.ifPresent(l -> inference.loss("loss", l));
    adapted.ifPresent(this::checkAdapter);
    inference.generated();
    return results.all(this::whyUnchecked);
  }

  private void checkAdapter(AdaptedModel lora) {
    if (lora.requireActive() instanceof NetworkAdapter adapter) {
      new ResidualParity(adapter, options, results, manager).compare();
    }
    if (results.names().contains(MERGED_LOGITS)) { // not every base can be merged into
      lora.merge();
      inference.logits(MERGED_LOGITS);
      lora.unmerge();
    }
    if (labels.isPresent() && trains()) {
      TrainingParity training =
          new TrainingParity(lora, options, results, manager, inference.batch(), labels.get());
      training.gradients();
      training.training();
    }
  }

  private boolean trains() {
    return results.names().stream()
        .map(Quantity::of)
        .anyMatch(quantity -> quantity.needsAdapter() && quantity.needsLabels());
  }

  private String whyUnchecked(String name) {
    Quantity quantity = Quantity.of(name);
    if (quantity == Quantity.UNKNOWN) {
      return "no quantity of this name is known";
    }
    if (quantity.needsAdapter() && adapted.isEmpty()) {
      return "needs an adapter";
    }
    if (quantity.needsLabels() && labels.isEmpty()) {
      return "needs labels, and %s has none".formatted(options.inputs());
    }
    return "needs train_losses, whose length is the number of steps";
  }
}
