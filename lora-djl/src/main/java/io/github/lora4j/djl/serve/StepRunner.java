// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.djl.paged.PagedDecoder;
import io.github.lora4j.djl.paged.StepResult;
import io.github.lora4j.djl.paged.StepRows;
import io.github.lora4j.djl.serve.StepComposer.Part;
import java.time.Duration;
import java.util.List;

/** Takes steps and gives what comes of them to the requests. For the server's thread. */
final class StepRunner {
  /** A generated token is worth this many tokens of a prompt (Sheng et al., 2024). */
  private static final int GENERATED_COST = 2;

  private final PagedDecoder decoder;
  private final RequestQueues queues;
  private final RunningBatch batch;
  private final Outcomes outcomes;
  private final ServerEvents events;

  StepRunner(
      PagedDecoder decoder,
      RequestQueues queues,
      RunningBatch batch,
      Outcomes outcomes,
      ServerEvents events) {
    this.decoder = decoder;
    this.queues = queues;
    this.batch = batch;
    this.outcomes = outcomes;
    this.events = events;
  }

  /**
   * Takes a step. If it fails, each request is tried alone, so that only those fail that are to
   * blame: what a step wrote into pages is written again.
   */
  void run(List<Part> parts) {
    try {
      take(parts);
    } catch (RuntimeException e) {
      if (parts.size() == 1) {
        fail(parts.get(0).request(), e);
      } else {
        parts.forEach(part -> run(List.of(part)));
      }
    }
  }

  private void take(List<Part> parts) {
    StepResult result =
        decoder.step(new StepRows(parts.stream().map(p -> p.request().rows(p.count())).toList()));
    for (int i = 0; i < parts.size(); i++) {
      ServedSequence request = parts.get(i).request();
      SequenceTokens tokens = request.tokens();
      tokens.setFed(tokens.fed() + parts.get(i).count());
      if (tokens.pending() == 0) {
        if (!parts.get(i).decodes()) {
          batch.publish(request);
        }
        grow(request, result, i);
      }
    }
  }

  private void grow(ServedSequence request, StepResult result, int index) {
    try {
      request.grow(result, index);
    } catch (RuntimeException e) {
      fail(request, e);
      return;
    }
    queues.charge(request.adapterKey(), GENERATED_COST);
    tell(request);
    if (!request.isLive()) {
      batch.remove(request);
      outcomes.finish(request);
    }
  }

  private void tell(ServedSequence request) {
    boolean first = request.clock().firstToken().isEmpty();
    Duration interval = request.clock().token();
    events.tell(
        listener -> {
          if (first) {
            listener.firstToken(request.adapterName(), interval);
          } else {
            listener.nextToken(request.adapterName(), interval);
          }
        });
  }

  private void fail(ServedSequence request, RuntimeException cause) {
    batch.remove(request);
    outcomes.fail(request, cause);
  }
}
