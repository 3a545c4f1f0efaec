// SPDX-License-Identifier: Apache-2.0
/**
 * Operators of libtorch that DJL's NDArray does not offer, fused in groups: small TorchScript
 * modules written here in source form and loaded through the engine's own loader.
 */
@NullMarked
package io.github.lora4j.djl.kernel;

import org.jspecify.annotations.NullMarked;
