import io.github.lora4j.examples.docs.Preamble;
import io.github.lora4j.train.FineTuner;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A fine-tuner, and a thread for it. */
public abstract class Durability extends Preamble {
  protected final Path out = Path.of("out");
  protected final FineTuner tuner = FineTuner.builder().outputDir(out).build();
  protected final ExecutorService executor = Executors.newSingleThreadExecutor();

  {
    open(executor::shutdown);
  }
}
