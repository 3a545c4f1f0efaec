// SPDX-License-Identifier: Apache-2.0
/** Progress of a run as a person sees it: a bar on a terminal, lines elsewhere. */
@NullMarked
package io.github.lora4j.djl.progress;

import org.jspecify.annotations.NullMarked;
