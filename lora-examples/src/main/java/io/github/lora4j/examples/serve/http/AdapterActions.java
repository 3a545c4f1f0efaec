// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import com.google.gson.JsonObject;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import io.github.lora4j.examples.serve.openai.RequestFields;
import io.github.lora4j.serve.LoraServer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loading and unloading of adapters while the server runs, as vLLM has it. */
final class AdapterActions {
  private static final Logger LOG = LoggerFactory.getLogger(AdapterActions.class);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private final LoraServer server;
  private final ServedModels models;
  private final Optional<AdapterDirectory> directory;

  AdapterActions(LoraServer server, ServedModels models, Optional<AdapterDirectory> directory) {
    this.server = server;
    this.models = models;
    this.directory = directory;
  }

  /** {@code {"lora_name", "lora_path"}}. */
  void load(Exchange exchange, String body) {
    requireAdministrator(exchange);
    RequestFields fields = RequestFields.parse(body);
    String name = newName(fields.requiredString("lora_name"));
    String path = fields.requiredString("lora_path");
    fields.finish();
    Path source =
        directory
            .orElseThrow(
                () ->
                    new ApiException(
                        ApiError.forbidden(
                            "This server has no directory that adapters may be loaded from")))
            .resolve(path);
    try {
      server.addAdapter(name, source);
    } catch (AdapterException | ConfigurationException e) {
      LOG.warn("adapter {} is not loaded from {}: {}", name, source, e.getMessage());
      throw new ApiException(
          ApiError.invalid("lora_path", "Not loaded: " + withoutDirectory(e, source)));
    }
    LOG.info("adapter {} loaded from {} by {}", name, source, exchange.tenant().name());
    exchange.sendJson(done(name, "loaded"));
  }

  /** {@code {"lora_name"}}. */
  void unload(Exchange exchange, String body) {
    requireAdministrator(exchange);
    RequestFields fields = RequestFields.parse(body);
    String name = fields.requiredString("lora_name");
    // vLLM's second way to say which.
    fields.ignore(Set.of("lora_int_id"));
    fields.finish();
    if (!models.has(name)) {
      throw new ApiException(ApiError.noSuchModel(name));
    }
    try {
      server.removeAdapter(name);
    } catch (AdapterException e) {
      throw new ApiException(ApiError.noSuchModel(name));
    }
    LOG.info("adapter {} unloaded by {}", name, exchange.tenant().name());
    exchange.sendJson(done(name, "unloaded"));
  }

  private static void requireAdministrator(Exchange exchange) {
    if (!exchange.tenant().administrator()) {
      throw new ApiException(ApiError.forbidden("Only an administrator's key may do that"));
    }
  }

  private String newName(String name) {
    if (!NAME.matcher(name).matches() || name.contains("..")) {
      throw new ApiException(
          ApiError.invalid(
              "lora_name",
              "lora_name must be up to 128 letters, digits, dots, hyphens and underscores"));
    }
    if (name.equals(models.base()) || models.has(name)) {
      throw new ApiException(
          ApiError.invalid("lora_name", "There is a model \"%s\" already".formatted(name)));
    }
    return name;
  }

  /** Where the directory lies is the server's own business. */
  private static String withoutDirectory(RuntimeException e, Path source) {
    return String.valueOf(e.getMessage())
        .replace(source.toString(), source.getFileName().toString());
  }

  private static JsonObject done(String name, String what) {
    JsonObject json = new JsonObject();
    json.addProperty("lora_name", name);
    json.addProperty("status", what);
    return json;
  }
}
