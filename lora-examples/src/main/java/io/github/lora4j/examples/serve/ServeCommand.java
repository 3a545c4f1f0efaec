// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.djl.micrometer.ServingMeters;
import io.github.lora4j.examples.loading.QuantizationOptions;
import io.github.lora4j.examples.serve.http.HttpService;
import io.github.lora4j.examples.serve.http.OpenAiHttpServer;
import io.github.lora4j.examples.serve.tenant.Access;
import io.github.lora4j.examples.serve.tenant.ApiKeysFile;
import io.github.lora4j.serve.AdapterSource;
import io.github.lora4j.serve.LoraServer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves a base model and many adapters to clients of OpenAI's interface, until it is stopped. */
@Command(
    name = "serve",
    description = "Serve a model and its adapters over HTTP, as OpenAI's interface.")
public final class ServeCommand implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "The checkpoint; the small model of the quick start by default.")
  private Optional<Path> model = Optional.empty();

  @Option(
      names = "--adapters",
      paramLabel = "DIR",
      description = "A directory that holds a directory an adapter; others may be loaded from it.")
  private Optional<Path> adapters = Optional.empty();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What clients call the base; the name of its directory by default.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Where to listen; ${DEFAULT-VALUE}, this machine alone, by default.")
  private String host = "";

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8000",
      description = "The port, 0 for any; ${DEFAULT-VALUE} by default.")
  private int port;

  @Option(
      names = "--api-keys",
      paramLabel = "FILE",
      description = "The keys of the tenants and the adapters of each; everyone may ask without.")
  private Optional<Path> apiKeys = Optional.empty();

  @Mixin private QuantizationOptions quantization = new QuantizationOptions();
  @Mixin private PoolOptions pool = new PoolOptions();
  @Mixin private LimitOptions limits = new LimitOptions();

  /** Made by picocli. */
  public ServeCommand() {}

  @Override
  public void run() {
    Access access = apiKeys.<Access>map(ApiKeysFile::read).orElseGet(Access::open);
    if (!access.needsKey() && !OpenAiHttpServer.isLoopback(host)) {
      LOG.warn("anyone who can reach {} may use this server; give --api-keys FILE", host);
    }
    ServingMeters meters = new ServingMeters();
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    meters.bindTo(metrics);
    try (Signal stop = Signal.install();
        ServedCheckpoint checkpoint = checkpoint();
        CausalLm base = HuggingFaceModel.load(checkpoint.directory(), quantization.loadOptions());
        LoraServer server =
            pool.apply(LoraServer.builder(base)).adapters(source()).listener(meters).start()) {
      serve(
          new HttpService(server, checkpoint.name(), adapters, access, limits.limits(), metrics),
          stop);
    }
  }

  private void serve(HttpService service, Signal stop) {
    LoraServer server = service.server();
    try (OpenAiHttpServer http = OpenAiHttpServer.start(service, host, port)) {
      System.out.printf(
          "%s and %d adapters at http://%s:%d%n",
          service.model(), server.adapters().size(), bracketed(host), http.port());
      stop.await();
      http.drain();
      server.close();
    }
  }

  private AdapterSource source() {
    return adapters.map(AdapterSource::directory).orElseGet(AdapterSource::none);
  }

  private ServedCheckpoint checkpoint() {
    return model
        .map(directory -> ServedCheckpoint.of(directory, name))
        .orElseGet(() -> ServedCheckpoint.bundled(name));
  }

  private static String bracketed(String address) {
    return address.contains(":") ? "[" + address + "]" : address;
  }
}
