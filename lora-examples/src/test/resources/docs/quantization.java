import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.examples.docs.Preamble;

/** A weight. */
public abstract class QuantizationPage extends Preamble {
  private final NDManager owner = open(NDManager.newBaseManager("PyTorch"));
  protected final NDArray array = owner.randomNormal(new Shape(64, 64));
}
