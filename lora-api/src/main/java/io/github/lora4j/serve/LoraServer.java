// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import io.github.lora4j.AdapterException;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.LlmTokenizer;
import java.nio.file.Path;
import java.util.List;

/**
 * One base model that answers many requests at once, each under an adapter of its own choice (Sheng
 * et al., 2023, S-LoRA, arXiv 2311.03285).
 *
 * <pre>{@code
 * try (CausalLm base = HuggingFaceModel.load(checkpoint);
 *     LoraServer server =
 *         LoraServer.builder(base).adapters(AdapterSource.directory(adapters)).start()) {
 *   ServedGeneration answer =
 *       server.submit(GenerationRequest.builder("Bonjour").adapter("french").build());
 *   answer.tokens().forEach(token -> System.out.print(token.piece()));
 * }
 * }</pre>
 *
 * <p>Requests join and leave between two steps of decoding (continuous batching: Yu et al., 2022,
 * Orca). A step is one pass over the rows of all running requests: the base's products are shared,
 * each adapter acts on its own rows. Keys, values and adapters lie in one pool of pages; adapters
 * come into it when they are asked for and leave it when the room is needed. The greedy tokens of a
 * request are those that it would get alone.
 *
 * <p>Safe for use by several threads. The server owns neither the model nor its tokenizer; nothing
 * else may use the model while the server is open.
 */
public interface LoraServer extends AutoCloseable {
  /**
   * Prepares a server.
   *
   * @param base a model of {@link io.github.lora4j.HuggingFaceModel#load}, quantised or not,
   *     without adapters
   * @return the builder
   */
  static LoraServerBuilder builder(CausalLm base) {
    return new LoraServerBuilder(base);
  }

  /**
   * Hands in a request. Returns at once; the answer comes while it is generated.
   *
   * @param request what to continue, under which adapter, and how
   * @return the answer on its way
   * @throws RequestRejectedException if too many requests wait already, or the server is closing
   * @throws AdapterException if there is no adapter of that name
   * @throws ConfigurationException if the prompt is empty or does not fit the model or the pool
   */
  ServedGeneration submit(GenerationRequest request);

  /**
   * The adapters that requests may use, whether they are in memory or not.
   *
   * @return their names, sorted
   */
  List<String> adapters();

  /**
   * Makes an adapter known (vLLM: {@code load_lora_adapter}). Its configuration and the shapes of
   * its tensors are checked; the weights are read when a request needs them.
   *
   * @param name the name that requests will use
   * @param directory holds {@code adapter_config.json} and {@code adapter_model.safetensors}
   * @throws AdapterException if it is damaged, another model's or of a kind that cannot be served
   * @throws ConfigurationException if the name is taken
   */
  void addAdapter(String name, Path directory);

  /**
   * Forgets an adapter. Requests that run under it finish; those that wait for it fail with an
   * {@link AdapterException}.
   *
   * @param name its name
   * @throws AdapterException if there is none of that name
   */
  void removeAdapter(String name);

  /**
   * What the server does now and did so far.
   *
   * @return a snapshot
   */
  ServerStatistics statistics();

  /**
   * The tokenizer of the base.
   *
   * @return the base's own, not to be closed
   */
  LlmTokenizer tokenizer();

  /**
   * Rejects new requests, lets those that were taken finish for up to {@link
   * ServerOptions#drainTimeout()}, cancels the rest and frees the pool. Every request has an
   * outcome when this returns.
   */
  @Override
  void close();
}
