// SPDX-License-Identifier: Apache-2.0
/** What a server does, as meters of Micrometer: for who has it on the class path. */
@NullMarked
package io.github.lora4j.djl.micrometer;

import org.jspecify.annotations.NullMarked;
