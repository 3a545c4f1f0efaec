// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import io.github.lora4j.examples.serve.tenant.Tenant;
import io.github.lora4j.serve.LoraServer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The models of the interface: the base, and each adapter that the tenant may see. */
final class ServedModels {
  private final String base;
  private final LoraServer server;
  private final long created = Instant.now().getEpochSecond();

  ServedModels(String base, LoraServer server) {
    this.base = base;
    this.server = server;
  }

  String base() {
    return base;
  }

  /**
   * The adapter that a model stands for.
   *
   * @return its name, or empty for the base
   * @throws ApiException with status 404 if there is none, or none that the tenant may see
   */
  Optional<String> adapter(Tenant tenant, String model) {
    if (model.equals(base)) {
      return Optional.empty();
    }
    if (!tenant.mayUse(model) || !has(model)) {
      throw new ApiException(ApiError.noSuchModel(model));
    }
    return Optional.of(model);
  }

  boolean has(String adapter) {
    return server.adapters().contains(adapter);
  }

  JsonObject list(Tenant tenant) {
    JsonArray data = new JsonArray();
    data.add(model(Optional.empty()));
    visible(tenant).forEach(adapter -> data.add(model(Optional.of(adapter))));
    JsonObject json = new JsonObject();
    json.addProperty("object", "list");
    json.add("data", data);
    return json;
  }

  JsonObject one(Tenant tenant, String model) {
    return model(adapter(tenant, model));
  }

  private List<String> visible(Tenant tenant) {
    return server.adapters().stream().filter(tenant::mayUse).toList();
  }

  private JsonObject model(Optional<String> adapter) {
    JsonObject json = new JsonObject();
    json.addProperty("id", adapter.orElse(base));
    json.addProperty("object", "model");
    json.addProperty("created", created);
    json.addProperty("owned_by", "lora4j");
    json.addProperty("root", adapter.orElse(base));
    json.add("parent", adapter.isPresent() ? new JsonPrimitive(base) : JsonNull.INSTANCE);
    return json;
  }
}
