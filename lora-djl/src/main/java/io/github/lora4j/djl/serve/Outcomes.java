// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.LoraException;
import io.github.lora4j.generate.FinishReason;
import io.github.lora4j.serve.ServedResult;

/** Ends requests: tells the client, and whoever listens. */
final class Outcomes {
  private final ServerEvents events;

  Outcomes(ServerEvents events) {
    this.events = events;
  }

  /** A request ended by itself. */
  void finish(ServedSequence request) {
    complete(request, request.result());
  }

  /** A request is ended where it is. */
  void end(ServedSequence request, FinishReason reason) {
    complete(request, request.end(reason));
  }

  private void complete(ServedSequence request, ServedResult result) {
    tellIfUnstarted(request);
    events.tell(listener -> listener.finished(request.adapterName(), result));
    request.answer().complete(result);
  }

  /** A request failed; clients get exceptions of ours alone. */
  void fail(ServedSequence request, Throwable cause) {
    RuntimeException told =
        cause instanceof LoraException ours
            ? ours
            : new LoraException(
                "request %s failed while it was decoded: %s"
                    .formatted(request.answer().id(), cause),
                cause);
    tellIfUnstarted(request);
    events.tell(listener -> listener.failed(request.adapterName(), told));
    request.answer().fail(told);
  }

  private void tellIfUnstarted(ServedSequence request) {
    if (!request.clock().hasStarted()) {
      events.tell(listener -> listener.leftQueue(request.adapterName()));
    }
  }
}
