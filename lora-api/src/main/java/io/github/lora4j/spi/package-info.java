// SPDX-License-Identifier: Apache-2.0
/** The seam between this API and its implementation, found by java.util.ServiceLoader. */
@NullMarked
package io.github.lora4j.spi;

import org.jspecify.annotations.NullMarked;
