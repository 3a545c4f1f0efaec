import io.github.lora4j.examples.docs.Preamble;
import io.github.lora4j.optim.PagedAdamW;
import ai.djl.training.tracker.Tracker;
import java.nio.file.Path;

/** An optimizer, and where to save it. */
public abstract class Optimizers extends Preamble {
  protected final Path out = Path.of("out");
  protected final Tracker schedule = Tracker.fixed(1e-4f);
  protected final PagedAdamW optimizer = open(PagedAdamW.builder().build());
}
