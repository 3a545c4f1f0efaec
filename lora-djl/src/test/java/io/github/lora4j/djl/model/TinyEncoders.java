// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
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
  static final Path SAMPLES = TinyModels.RESOURCES.resolve("encoders");
  static final Path MASKED_LM = SAMPLES.resolve("bert-mlm");

  private TinyEncoders() {}

  static Stream<Path> checkpoints() {
    return Stream.of(BERT, ROBERTA);
  }

  /** Heads that look at tokens. */
  static Stream<Path> samples() {
    return Stream.of("bert-token", "bert-mlm", "roberta-token", "roberta-mlm")
        .map(SAMPLES::resolve);
  }

  static Stream<Path> all() {
    return Stream.concat(checkpoints(), samples());
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

  /** input_ids, attention_mask and, if the reference has them, token_type_ids. */
  static NDList batch(NDManager manager, Path model) {
    try (SafetensorsFile file = SafetensorsFile.open(model.resolve("io.safetensors"))) {
      NDList batch = new NDList();
      Stream.of("input_ids", "attention_mask", "token_type_ids")
          .filter(file::contains)
          .forEach(name -> batch.add(file.tensor(name).toNDArray(manager)));
      return batch;
    }
  }

  static NDList labels(NDManager manager, Path model) {
    try (SafetensorsFile file = SafetensorsFile.open(model.resolve("io.safetensors"))) {
      return new NDList(file.tensor("labels").toNDArray(manager));
    }
  }

  static float[] logits(Model model, Path reference) {
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

  static float[] reference(Path directory, String name) {
    try (SafetensorsFile file = SafetensorsFile.open(directory.resolve("io.safetensors"));
        NDManager manager = NDManager.newBaseManager()) {
      return file.tensor(name).toFloat32(manager).toFloatArray();
    }
  }
}
