// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonObject;

/**
 * What all parts of an answer carry.
 *
 * @param id of the answer, without the endpoint's prefix
 * @param created when the request came, in seconds since 1970
 * @param model the model as the client called it
 */
public record AnswerHeader(String id, long created, String model) {
  JsonObject toJson(String prefix, String object) {
    JsonObject json = new JsonObject();
    json.addProperty("id", prefix + id);
    json.addProperty("object", object);
    json.addProperty("created", created);
    json.addProperty("model", model);
    return json;
  }
}
