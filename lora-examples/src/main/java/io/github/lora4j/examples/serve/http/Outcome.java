// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import io.github.lora4j.generate.FinishReason;
import io.github.lora4j.serve.ServedResult;

/** Tells answers from requests that came to nothing. */
final class Outcome {
  private Outcome() {}

  /**
   * The result, if it is an answer.
   *
   * @throws ApiException with status 503 if the server cancelled the request or never came to it
   */
  static ServedResult answer(ServedResult result) {
    FinishReason reason = result.result().finishReason();
    if (reason == FinishReason.CANCELLED) {
      throw new ApiException(Failures.closing());
    }
    if (reason == FinishReason.DEADLINE && result.tokens().isEmpty()) {
      throw new ApiException(
          ApiError.unavailable("The server did not come to the request in the time it may take"));
    }
    return result;
  }
}
