// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.lora4j.TokenIndices;
import java.util.List;
import java.util.Map;

/** {@code trainable_token_indices}: null, a list of ids, or lists of ids by module. */
final class TokenIndicesJson {
  private static final String FIELD = "trainable_token_indices";

  private TokenIndicesJson() {}

  static TokenIndices read(JsonFields fields) {
    if (fields.raw(FIELD).isJsonObject()) {
      Map<String, List<Integer>> ids = fields.integerListsByName(FIELD);
      return ids.isEmpty() ? new TokenIndices.None() : new TokenIndices.ByModule(ids);
    }
    List<Integer> ids = fields.integers(FIELD);
    return ids.isEmpty() ? new TokenIndices.None() : new TokenIndices.InputEmbedding(ids);
  }

  static JsonElement write(TokenIndices indices) {
    if (indices instanceof TokenIndices.InputEmbedding input) {
      return PeftFields.integers(input.ids());
    }
    if (indices instanceof TokenIndices.ByModule named) {
      JsonObject object = new JsonObject();
      named.ids().forEach((module, ids) -> object.add(module, PeftFields.integers(ids)));
      return object;
    }
    return JsonNull.INSTANCE;
  }
}
