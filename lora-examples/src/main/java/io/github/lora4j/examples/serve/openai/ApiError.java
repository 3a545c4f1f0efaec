// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.openai;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Optional;

/**
 * Why a request has no answer.
 *
 * @param status the HTTP status
 * @param type OpenAI's word for the kind of error
 * @param code OpenAI's word for the error, if it has one
 * @param param the field of the request that is wrong, if it is one
 * @param message what was found, what was expected, what to do
 */
public record ApiError(
    int status, String type, Optional<String> code, Optional<String> param, String message) {

  private static final String INVALID = "invalid_request_error";

  /**
   * The request is malformed.
   *
   * @param message what is wrong
   * @return status 400
   */
  public static ApiError invalid(String message) {
    return new ApiError(400, INVALID, Optional.empty(), Optional.empty(), message);
  }

  /**
   * A field of the request is wrong.
   *
   * @param param the field
   * @param message what is wrong with it
   * @return status 400
   */
  public static ApiError invalid(String param, String message) {
    return new ApiError(400, INVALID, Optional.empty(), Optional.of(param), message);
  }

  /**
   * The request asks for something that this server does not do.
   *
   * @param param the field
   * @param message what it can do instead
   * @return status 400
   */
  public static ApiError unsupported(String param, String message) {
    return new ApiError(
        400, INVALID, Optional.of("unsupported_parameter"), Optional.of(param), message);
  }

  /**
   * The request does not say who is asking.
   *
   * @param message what is missing
   * @return status 401
   */
  public static ApiError unauthenticated(String message) {
    return new ApiError(
        401, "authentication_error", Optional.of("invalid_api_key"), Optional.empty(), message);
  }

  /**
   * Who is asking may not do that.
   *
   * @param message what is not allowed
   * @return status 403
   */
  public static ApiError forbidden(String message) {
    return new ApiError(403, "permission_error", Optional.empty(), Optional.empty(), message);
  }

  /**
   * There is no such model, or none that the caller may see.
   *
   * @param model its name
   * @return status 404
   */
  public static ApiError noSuchModel(String model) {
    return new ApiError(
        404,
        INVALID,
        Optional.of("model_not_found"),
        Optional.of("model"),
        "The model \"%s\" does not exist; GET /v1/models lists those that do"
            .formatted(abbreviated(model)));
  }

  /**
   * There is nothing under that address, or not with that method, or not of that content type, or
   * it came too slowly or too large.
   *
   * @param status 403 to 415
   * @param message what was found and what was expected
   * @return the error
   */
  public static ApiError refused(int status, String message) {
    return new ApiError(status, INVALID, Optional.empty(), Optional.empty(), message);
  }

  /**
   * Too many requests at once; the same request may be taken later.
   *
   * @param message which limit
   * @return status 429
   */
  public static ApiError tooMany(String message) {
    return new ApiError(
        429, "rate_limit_error", Optional.of("rate_limit_exceeded"), Optional.empty(), message);
  }

  /**
   * The server is closing, or did not come to the request in time.
   *
   * @param message why
   * @return status 503
   */
  public static ApiError unavailable(String message) {
    return new ApiError(503, "server_error", Optional.of("unavailable"), Optional.empty(), message);
  }

  /**
   * The fault is not the client's. The cause is for the server's log, not for the client.
   *
   * @param message what the client may know
   * @return status 500
   */
  public static ApiError internal(String message) {
    return new ApiError(500, "server_error", Optional.empty(), Optional.empty(), message);
  }

  /**
   * Whether the same request may succeed a moment later.
   *
   * @return true for 429 and 503
   */
  public boolean mayBeRetried() {
    return status == 429 || status == 503;
  }

  /**
   * The body of the response.
   *
   * @return {@code {"error": {"message", "type", "param", "code"}}}
   */
  public JsonObject toJson() {
    JsonObject error = new JsonObject();
    error.addProperty("message", message);
    error.addProperty("type", type);
    add(error, "param", param);
    add(error, "code", code);
    JsonObject json = new JsonObject();
    json.add("error", error);
    return json;
  }

  private static void add(JsonObject json, String name, Optional<String> value) {
    json.add(name, value.isPresent() ? new JsonPrimitive(value.get()) : JsonNull.INSTANCE);
  }

  static String abbreviated(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
