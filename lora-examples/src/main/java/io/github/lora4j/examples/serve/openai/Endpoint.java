// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

/** An endpoint that generates: how its requests are read and its answers are written. */
public interface Endpoint {
  /**
   * Reads a request.
   *
   * @param fields its JSON
   * @param limits how long answers may be
   * @return what the client asks for
   * @throws ApiException with status 400 naming what is wrong
   */
  GenerationCall read(RequestFields fields, AnswerLimits limits);

  /**
   * Writes the answers to one request.
   *
   * @param header what all of its parts carry
   * @param logprobs writes log-probabilities
   * @return the writer
   */
  AnswerWriter writer(AnswerHeader header, LogprobWriter logprobs);

  /**
   * {@code /v1/chat/completions}.
   *
   * @return the endpoint
   */
  static Endpoint chat() {
    return new ChatEndpoint();
  }

  /**
   * {@code /v1/completions}.
   *
   * @return the endpoint
   */
  static Endpoint completions() {
    return new CompletionEndpoint();
  }
}
