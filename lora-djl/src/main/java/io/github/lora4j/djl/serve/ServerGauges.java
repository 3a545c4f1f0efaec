// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.djl.paged.PagedDecoder;
import io.github.lora4j.serve.ServerStatistics;

/** What the server's thread has at the moment, for others to read. */
final class ServerGauges {
  private final PagedDecoder decoder;
  private volatile ServerStatistics.Pool pool;
  private volatile int running;
  private volatile int resident;

  ServerGauges(PagedDecoder decoder) {
    this.decoder = decoder;
    pool = measure();
  }

  /** Reads everything anew. On the server's thread. */
  void update(RunningBatch batch, AdapterCache adapters) {
    pool = measure();
    running = batch.size();
    resident = adapters.size();
  }

  private ServerStatistics.Pool measure() {
    int total = decoder.pool().pages();
    int free = decoder.pool().free();
    int shared = decoder.pool().idle();
    int adapters = decoder.adapters().pages();
    return new ServerStatistics.Pool(
        decoder.pageBytes(), total, free, total - free - shared - adapters, shared, adapters);
  }

  ServerStatistics.Pool pool() {
    return pool;
  }

  int running() {
    return running;
  }

  int resident() {
    return resident;
  }
}
