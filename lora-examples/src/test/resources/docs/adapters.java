import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.CausalLm;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.examples.docs.Preamble;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;

/** Data of two languages, and what to train on them. */
public abstract class Adapters extends Preamble {
  protected final InstructionDataset frenchData = data;
  protected final InstructionDataset germanData = data;
  protected final LoraConfig french = LoraConfig.builder().rank(4).build();
  protected final LoraConfig german = LoraConfig.builder().rank(8).build();
  protected final FineTunerBuilder tuner = FineTuner.builder().maxSteps(1);
}
