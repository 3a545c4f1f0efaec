package io.github.lora4j.djl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The tiny encoders among the test resources, and what tests ask of them. */
final class TinyEncoders {
  static final Path GOLDEN = TinyModels.RESOURCES.resolve("golden/encoders");
  static final Path BERT = GOLDEN.resolve("bert");
  static final Path ROBERTA = GOLDEN.resolve("roberta");

  private TinyEncoders() {}

  static Stream<Path> checkpoints() {
    return Stream.of(BERT, ROBERTA);
  }

  static Stream<Path> adapters() {
    return checkpoints()
        .flatMap(
            model -> Stream.of("default", "all-linear").map(model.resolve("adapters")::resolve));
  }

  static CheckpointEncoder load(Path directory) {
    return (CheckpointEncoder) HuggingFaceModel.loadEncoder(directory);
  }

  static CheckpointEncoder baseOf(Path adapter) {
    return load(adapter.getParent().getParent());
  }

  /** input_ids and attention_mask of a model's reference. */
  static NDList batch(NDManager manager, Path model) {
    try (SafetensorsFile file = SafetensorsFile.open(model.resolve("io.safetensors"))) {
      return new NDList(
          file.tensor("input_ids").toNDArray(manager),
          file.tensor("attention_mask").toNDArray(manager));
    }
  }

  static NDList labels(NDManager manager, Path model) {
    try (SafetensorsFile file = SafetensorsFile.open(model.resolve("io.safetensors"))) {
      return new NDList(file.tensor("labels").toNDArray(manager));
    }
  }

  static float[] logits(ai.djl.Model model, Path reference) {
    try (NDManager scope = model.getNDManager().newSubManager()) {
      return TinyModels.forward(model, scope, batch(scope, reference)).toFloatArray();
    }
  }

  /** Forward and backward; the gradients stand in the parameters then. */
  static float backward(Trainer trainer, Path reference) {
    try (NDManager scope = trainer.getManager().newSubManager();
        GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = trainer.forward(batch(scope, reference));
      NDArray loss = trainer.getLoss().evaluate(labels(scope, reference), predictions);
      collector.backward(loss);
      return loss.getFloat();
    }
  }
}
