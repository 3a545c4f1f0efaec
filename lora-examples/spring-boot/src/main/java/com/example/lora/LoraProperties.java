// SPDX-License-Identifier: Apache-2.0
package com.example.lora;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the service serves.
 *
 * @param model the directory of a checkpoint
 * @param adapter the directory of an adapter, or empty for none
 * @param maxNewTokens the most tokens of an answer
 */
@ConfigurationProperties("lora")
public record LoraProperties(
    String model, @DefaultValue("") String adapter, @DefaultValue("128") int maxNewTokens) {}
