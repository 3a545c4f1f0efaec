// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonObject;
import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.ServedResult;
import java.util.Optional;

/** Writes the answer to one request as JSON, at once or in parts. One thread at a time. */
public interface AnswerWriter {
  /**
   * The whole answer.
   *
   * @param result what came of the request
   * @return the body
   */
  JsonObject whole(ServedResult result);

  /**
   * The part before the first token.
   *
   * @return the part, if the endpoint has one
   */
  Optional<JsonObject> opening();

  /**
   * A token's part.
   *
   * @param token the token
   * @return the part, or empty if there is nothing to tell yet
   */
  Optional<JsonObject> part(GeneratedToken token);

  /**
   * The part behind the last token.
   *
   * @param result what came of the request
   * @return the part that says why it ended
   */
  JsonObject closing(ServedResult result);

  /**
   * The part behind the closing one, for those who ask for it.
   *
   * @param result what came of the request
   * @return the numbers of tokens
   */
  JsonObject usage(ServedResult result);
}
