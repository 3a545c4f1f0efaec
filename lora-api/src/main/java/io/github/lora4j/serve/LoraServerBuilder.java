// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.spi.LoraProvider;
import java.time.Duration;
import java.util.Objects;

/** Sets a {@link LoraServer} up. Every setting has a default. */
public final class LoraServerBuilder {
  private final CausalLm base;
  private AdapterSource adapters = AdapterSource.none();
  private long poolBytes = 512L << 20;
  private int pageTokens = 16;
  private int maxSequences = 64;
  private int maxBatchTokens = 256;
  private int prefillChunk = 64;
  private int maxQueued = 1024;
  private int maxQueuedPerAdapter = 256;
  private int maxRank = 64;
  private boolean prefixSharing = true;
  private Duration drainTimeout = Duration.ofSeconds(30);
  private ServerListener listener = ServerListener.silent();

  LoraServerBuilder(CausalLm base) {
    this.base = Objects.requireNonNull(base, "base");
  }

  /**
   * The adapters that requests may use; none if not set.
   *
   * @param source for example {@link AdapterSource#directory}
   * @return this
   */
  public LoraServerBuilder adapters(AdapterSource source) {
    adapters = source;
    return this;
  }

  /**
   * The memory for keys, values and adapters together; 512 MiB if not set.
   *
   * @param bytes a page of the model at least
   * @return this
   */
  public LoraServerBuilder poolBytes(long bytes) {
    poolBytes = bytes;
    return this;
  }

  /**
   * The tokens of a sequence that share a page; 16 if not set.
   *
   * @param tokens at least 1
   * @return this
   */
  public LoraServerBuilder pageTokens(int tokens) {
    pageTokens = tokens;
    return this;
  }

  /**
   * The most requests that run at once; 64 if not set.
   *
   * @param sequences at least 1
   * @return this
   */
  public LoraServerBuilder maxSequences(int sequences) {
    maxSequences = sequences;
    return this;
  }

  /**
   * The most tokens of one step; 256 if not set.
   *
   * @param tokens at least {@link #maxSequences}
   * @return this
   */
  public LoraServerBuilder maxBatchTokens(int tokens) {
    maxBatchTokens = tokens;
    return this;
  }

  /**
   * The most tokens of one prompt in one step; 64 if not set.
   *
   * @param tokens at least 1
   * @return this
   */
  public LoraServerBuilder prefillChunk(int tokens) {
    prefillChunk = tokens;
    return this;
  }

  /**
   * The most requests that wait; 1024 if not set.
   *
   * @param requests at least 1
   * @return this
   */
  public LoraServerBuilder maxQueued(int requests) {
    maxQueued = requests;
    return this;
  }

  /**
   * The most requests that wait for one adapter, or for the base; 256 if not set.
   *
   * @param requests at least 1
   * @return this
   */
  public LoraServerBuilder maxQueuedPerAdapter(int requests) {
    maxQueuedPerAdapter = requests;
    return this;
  }

  /**
   * The largest rank that is served; 64 if not set.
   *
   * @param rank at least 1
   * @return this
   */
  public LoraServerBuilder maxRank(int rank) {
    maxRank = rank;
    return this;
  }

  /**
   * Whether prompts that begin alike share pages; true if not set.
   *
   * @param sharing whether they do
   * @return this
   */
  public LoraServerBuilder prefixSharing(boolean sharing) {
    prefixSharing = sharing;
    return this;
  }

  /**
   * How long {@link LoraServer#close()} lets requests finish; 30 seconds if not set.
   *
   * @param timeout zero to cancel them at once
   * @return this
   */
  public LoraServerBuilder drainTimeout(Duration timeout) {
    drainTimeout = timeout;
    return this;
  }

  /**
   * Is told what happens; nobody if not set.
   *
   * @param listener may be called from several threads
   * @return this
   */
  public LoraServerBuilder listener(ServerListener listener) {
    this.listener = listener;
    return this;
  }

  /**
   * The settings.
   *
   * @return the settings
   * @throws ConfigurationException naming the one that is wrong
   */
  public ServerOptions options() {
    return new ServerOptions(
        adapters,
        poolBytes,
        pageTokens,
        maxSequences,
        maxBatchTokens,
        prefillChunk,
        maxQueued,
        maxQueuedPerAdapter,
        maxRank,
        prefixSharing,
        drainTimeout,
        listener);
  }

  /**
   * Starts the server.
   *
   * @return the server, to be closed before the base
   * @throws ConfigurationException if a setting is wrong, or the base has adapters or is of another
   *     kind
   */
  public LoraServer start() {
    return LoraProvider.get().serve(base, options());
  }
}
