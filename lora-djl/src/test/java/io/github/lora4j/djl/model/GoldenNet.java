// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The network of the fixtures below {@code foreign/}, which PyTorch ran and PEFT adapted: as a
 * block of a user's own, and as a TorchScript module.
 */
final class GoldenNet extends AbstractBlock {
  static final Path DIRECTORY = Path.of("src/test/resources/foreign");

  private static final Map<String, String> NAMES =
      Map.of("embedding", "weight", "gamma", "weight", "beta", "bias");

  private static final String FORWARD =
      """
        def forward(self: __torch__.Net, ids: Tensor) -> Tensor:
          emb = self.emb
          conv = self.conv
          image = self.image
          fc1 = self.fc1
          norm = self.norm
          fc2 = self.fc2
          x = torch.embedding(emb.weight, ids)
          rows = torch.conv1d(torch.transpose(x, 1, 2), conv.weight, conv.bias, [1], [1])
          a = torch.mean(torch.relu(rows), [2])
          b = torch.mean(torch.tanh(torch.conv2d(torch.unsqueeze(x, 1), image.weight)), [2, 3])
          h = torch.tanh(torch.linear(torch.cat([a, b], 1), fc1.weight, fc1.bias))
          normed = torch.layer_norm(h, [16], norm.weight, norm.bias)
          return torch.linear(normed, fc2.weight, fc2.bias)
      """;

  private static final String TIED_FORWARD =
      """
        def forward(self: __torch__.Net, x: Tensor) -> Tensor:
          first = self.first
          second = self.second
          h = torch.tanh(torch.linear(x, first.weight, first.bias))
          return torch.linear(h, second.weight)
      """;

  private final Block emb =
      addChildBlock(
          "emb", new IdEmbedding.Builder().setDictionarySize(20).setEmbeddingSize(6).build());
  private final Block conv =
      addChildBlock(
          "conv",
          Conv1d.builder()
              .setKernelShape(new Shape(3))
              .optPadding(new Shape(1))
              .setFilters(8)
              .build());
  private final Block image =
      addChildBlock(
          "image",
          Conv2d.builder().setKernelShape(new Shape(3, 2)).setFilters(4).optBias(false).build());
  private final Block fc1 = addChildBlock("fc1", Linear.builder().setUnits(16).build());
  private final Block norm = addChildBlock("norm", LayerNorm.builder().axis(1).build());
  private final Block fc2 = addChildBlock("fc2", Linear.builder().setUnits(3).build());

  /** The fixture's network, as a model of DJL's blocks. */
  static Model blocks() {
    GoldenNet net = new GoldenNet();
    Model model = Model.newInstance("net", "PyTorch");
    net.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 7));
    try (SafetensorsFile file = SafetensorsFile.open(DIRECTORY.resolve("net.safetensors"))) {
      net.getChildren().forEach(child -> load(child.getKey().substring(2), child.getValue(), file));
    }
    model.setBlock(net);
    return model;
  }

  private static void load(String name, Block block, SafetensorsFile file) {
    for (var pair : block.getDirectParameters()) {
      Parameter parameter = pair.getValue();
      String own = NAMES.getOrDefault(pair.getKey(), pair.getKey());
      NDManager manager = parameter.getArray().getManager();
      try (NDArray value = file.tensor(name + "." + own).toFloat32(manager)) {
        value.copyTo(parameter.getArray());
      }
    }
  }

  /** The fixture's network, as DJL loads a TorchScript module. */
  static Model script() {
    return script(true);
  }

  static Model script(boolean trainable) {
    ScriptArchive archive = new ScriptArchive(FORWARD);
    try (SafetensorsFile file = SafetensorsFile.open(DIRECTORY.resolve("net.safetensors"))) {
      for (String module : List.of("emb", "conv", "image", "fc1", "norm", "fc2")) {
        for (String parameter : List.of("weight", "bias")) {
          if (file.contains(module + "." + parameter)) {
            StoredTensor tensor = file.tensor(module + "." + parameter);
            archive.parameter(module, parameter, tensor.toFloatArray(), tensor.shape());
          }
        }
      }
    }
    return load(archive, trainable);
  }

  /** A module whose two linear modules have one weight. */
  static Model tied() {
    float[] weight = new float[4 * 4];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) Math.sin(i);
    }
    return load(
        new ScriptArchive(TIED_FORWARD)
            .parameter("first", "weight", weight, new Shape(4, 4))
            .parameter("first", "bias", new float[] {1, -1, 2, 0}, new Shape(4))
            .shared("second", "weight", "first"),
        true);
  }

  private static Model load(ScriptArchive archive, boolean trainable) {
    try {
      Path directory = Files.createTempDirectory("script");
      Path file = directory.resolve("net.pt");
      try {
        archive.write(file);
        return Criteria.builder()
            .setTypes(NDList.class, NDList.class)
            .optModelPath(file)
            .optEngine("PyTorch")
            .optOption("trainParam", String.valueOf(trainable))
            .build()
            .loadModel();
      } finally {
        Files.delete(file);
        Files.delete(directory);
      }
    } catch (IOException | ModelNotFoundException | MalformedModelException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray x = run(emb, store, inputs.singletonOrThrow(), training);
    NDArray a = Activation.relu(run(conv, store, x.transpose(0, 2, 1), training));
    NDArray b = run(image, store, x.expandDims(1), training).tanh();
    NDArray both = a.mean(new int[] {2}).concat(b.mean(new int[] {3}).mean(new int[] {2}), 1);
    NDArray h = run(norm, store, run(fc1, store, both, training).tanh(), training);
    return new NDList(run(fc2, store, h, training));
  }

  private static NDArray run(Block block, ParameterStore store, NDArray x, boolean training) {
    return block.forward(store, new NDList(x), training).singletonOrThrow();
  }

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    return new Shape[] {new Shape(shapes[0].get(0), 3)};
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {
    long rows = shapes[0].get(0);
    emb.initialize(manager, type, shapes);
    conv.initialize(manager, type, new Shape(rows, 6, 7));
    image.initialize(manager, type, new Shape(rows, 1, 7, 6));
    fc1.initialize(manager, type, new Shape(rows, 12));
    norm.initialize(manager, type, new Shape(rows, 16));
    fc2.initialize(manager, type, new Shape(rows, 16));
  }
}
