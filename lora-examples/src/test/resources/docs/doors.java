import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Dataset;
import io.github.lora4j.examples.docs.Preamble;

/** A small convolutional network and pictures at random. */
public abstract class Doors extends Preamble {
  private final NDManager manager = open(NDManager.newBaseManager("PyTorch"));

  protected final SequentialBlock network =
      new SequentialBlock()
          .add(Activation::relu)
          .add(Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(4).build())
          .add(Activation::relu)
          .add(Blocks.batchFlattenBlock())
          .add(Linear.builder().setUnits(3).build());

  protected final Dataset training = pictures();
  protected final Dataset validation = pictures();

  private Dataset pictures() {
    NDArray data = manager.randomNormal(new Shape(8, 1, 12, 12));
    NDArray labels = manager.zeros(new Shape(8));
    return new ArrayDataset.Builder().setData(data).optLabels(labels).setSampling(4, true).build();
  }
}
