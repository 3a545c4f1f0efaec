import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.djl.micrometer.ServingMeters;
import io.github.lora4j.examples.docs.Preamble;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.AdapterSource;
import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.Prompt;
import io.github.lora4j.serve.ServedGeneration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** A place for meters. */
public abstract class Serving extends Preamble {
  protected final MeterRegistry registry = new SimpleMeterRegistry();
}
