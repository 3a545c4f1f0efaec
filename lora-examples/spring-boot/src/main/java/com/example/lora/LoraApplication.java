// SPDX-License-Identifier: Apache-2.0
package com.example.lora;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** A model with an adapter behind HTTP. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class LoraApplication {
  /** Starts the service. */
  public static void main(String[] args) {
    SpringApplication.run(LoraApplication.class, args);
  }
}
