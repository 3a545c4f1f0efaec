// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import java.util.ArrayList;
import java.util.List;

/**
 * Says what the next step feeds: a token of each request that generates, and what of the prompts
 * fits beside them, the eldest first (Agrawal et al., 2023, SARATHI: chunked prefills). Where pages
 * run out, the youngest requests give theirs back. For the server's thread.
 */
final class StepComposer {
  private final RunningBatch batch;
  private final AdapterArrivals arrivals;
  private final Outcomes outcomes;
  private final int maxBatchTokens;
  private final int prefillChunk;

  StepComposer(
      RunningBatch batch,
      AdapterArrivals arrivals,
      Outcomes outcomes,
      int maxBatchTokens,
      int prefillChunk) {
    this.batch = batch;
    this.arrivals = arrivals;
    this.outcomes = outcomes;
    this.maxBatchTokens = maxBatchTokens;
    this.prefillChunk = prefillChunk;
  }

  /**
   * A request's part of a step.
   *
   * @param request the request
   * @param count how many of its tokens are fed
   * @param decodes whether the one token was generated
   */
  record Part(ServedSequence request, int count, boolean decodes) {}

  /** The next step's parts; none if nothing runs. */
  List<Part> compose() {
    makeRoom();
    List<Part> parts = new ArrayList<>();
    int left = maxBatchTokens;
    for (ServedSequence request : batch.running()) {
      if (request.tokens().pending() == 1) {
        parts.add(new Part(request, 1, request.isDecoding()));
        left--;
      }
    }
    for (ServedSequence request : batch.running()) {
      int count = Math.min(Math.min(request.tokens().pending(), prefillChunk), left);
      if (request.tokens().pending() > 1 && count > 0) {
        parts.add(new Part(request, count, false));
        left -= count;
      }
    }
    return parts;
  }

  /** Every running request has pages for the tokens it has. */
  private void makeRoom() {
    for (int i = 0; i < batch.running().size(); i++) {
      ServedSequence request = batch.running().get(i);
      while (batch.running().contains(request)
          && !batch.reserve(request.table(), request.tokens().count())) {
        giveWay(request);
      }
    }
  }

  private void giveWay(ServedSequence request) {
    if (batch.running().size() == 1 && !arrivals.holdPages()) {
      batch.remove(request);
      outcomes.fail(request, RunningBatch.tooLarge(request));
    } else {
      batch.preemptYoungest();
    }
  }
}
