// SPDX-License-Identifier: Apache-2.0
package com.example.lora;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/** The models as beans. Spring closes what depends on another bean first: the adapter, then the base. */
@Configuration
class ModelConfiguration {
  @Bean(destroyMethod = "close")
  CausalLm base(LoraProperties properties) {
    return HuggingFaceModel.load(Path.of(properties.model()));
  }

  /** What answers: the base, with the adapter on it where one is named. Closing twice is harmless. */
  @Bean(destroyMethod = "close")
  @Primary
  CausalLm answering(@Qualifier("base") CausalLm base, LoraProperties properties) {
    return properties.adapter().isEmpty()
        ? base
        : LoraModel.load(base, Path.of(properties.adapter()));
  }
}
