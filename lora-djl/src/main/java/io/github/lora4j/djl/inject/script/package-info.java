// SPDX-License-Identifier: Apache-2.0
/**
 * Adapters on TorchScript modules, which ask nobody for their parameters: what these are worth is
 * written into them, and their own values are kept aside.
 */
@NullMarked
package io.github.lora4j.djl.inject.script;

import org.jspecify.annotations.NullMarked;
