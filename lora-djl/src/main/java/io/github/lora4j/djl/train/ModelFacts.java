package io.github.lora4j.djl.train;

import io.github.lora4j.AdapterConfig;
import io.github.lora4j.TrainableParameters;
import java.util.Optional;

/**
 * What is reported of a model.
 *
 * @param name the base's name
 * @param adapter what is on it, if it is not the base that trains
 * @param parameters how much of it trains
 */
public record ModelFacts(
    String name, Optional<AdapterConfig> adapter, TrainableParameters parameters) {}
