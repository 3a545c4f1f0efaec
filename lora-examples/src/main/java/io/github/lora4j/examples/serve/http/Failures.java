// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import io.github.lora4j.serve.RequestRejectedException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What a client is told of an exception. */
final class Failures {
  private Failures() {}

  /** The error to tell; what is not the client's to know is left out. */
  static ApiError told(Throwable failure) {
    Throwable cause = unwrapped(failure);
    if (cause instanceof ApiException api) {
      return api.error();
    }
    if (cause instanceof RequestRejectedException rejected) {
      return rejected(rejected);
    }
    if (cause instanceof ConfigurationException) {
      return ApiError.invalid(String.valueOf(cause.getMessage()));
    }
    if (cause instanceof AdapterException) {
      return ApiError.internal("The adapter cannot be used; the server's log says why");
    }
    return ApiError.internal("The request failed; the server's log says why");
  }

  /** Whether the server's log should say more than the client is told. */
  static boolean isOurs(ApiError told) {
    return told.status() == 500;
  }

  static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static ApiError rejected(RequestRejectedException rejected) {
    return switch (rejected.reason()) {
      case CLOSED -> closing();
      case QUEUE_FULL, ADAPTER_QUEUE_FULL ->
          ApiError.tooMany(String.valueOf(rejected.getMessage()));
    };
  }

  static ApiError closing() {
    return ApiError.unavailable("The server is closing");
  }
}
