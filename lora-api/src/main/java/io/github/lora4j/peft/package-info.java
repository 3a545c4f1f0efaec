// SPDX-License-Identifier: Apache-2.0
/**
 * The files of a PEFT adapter: {@code adapter_config.json} to and from {@link
 * io.github.lora4j.LoraConfig}, and the names of the tensors.
 */
@NullMarked
package io.github.lora4j.peft;

import org.jspecify.annotations.NullMarked;
