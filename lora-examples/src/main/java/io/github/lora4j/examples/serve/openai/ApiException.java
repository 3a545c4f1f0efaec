// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

/** Ends a request with an error that its client is told. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ApiError error;

  /**
   * Creates the exception.
   *
   * @param error what the client is told
   */
  public ApiException(ApiError error) {
    super(error.message());
    this.error = error;
  }

  /**
   * What the client is told.
   *
   * @return the error
   */
  public ApiError error() {
    return error;
  }
}
