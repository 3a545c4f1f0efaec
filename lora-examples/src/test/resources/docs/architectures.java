import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.examples.docs.Preamble;

/** What an architecture is made of. */
public abstract class Architectures extends Preamble {}
