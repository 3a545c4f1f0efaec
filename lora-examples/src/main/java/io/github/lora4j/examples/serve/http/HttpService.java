// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.examples.serve.tenant.Access;
import io.github.lora4j.serve.LoraServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is put on the net.
 *
 * @param server generates; owned by the caller
 * @param model the base's name as a model
 * @param adapters the one directory that adapters may be loaded from while the server runs; empty
 *     for none
 * @param access who may come in
 * @param limits what they may ask for
 * @param metrics is read at {@code /metrics} and told of requests
 */
public record HttpService(
    LoraServer server,
    String model,
    Optional<Path> adapters,
    Access access,
    HttpLimits limits,
    PrometheusMeterRegistry metrics) {}
