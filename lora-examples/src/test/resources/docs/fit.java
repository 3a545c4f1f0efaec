import dev.langchain4j.model.LambdaStreamingResponseHandler;
import io.github.lora4j.examples.docs.Preamble;
import io.github.lora4j.examples.langchain.ChatPrompt;
import io.github.lora4j.examples.langchain.LoraChatModel;
import io.github.lora4j.examples.langchain.LoraStreamingChatModel;

/** Chat models. */
public abstract class Fit extends Preamble {}
