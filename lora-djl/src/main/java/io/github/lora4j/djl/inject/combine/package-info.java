// SPDX-License-Identifier: Apache-2.0
/** The methods that make one adapter's factors of several adapters'. */
@NullMarked
package io.github.lora4j.djl.inject.combine;

import org.jspecify.annotations.NullMarked;
