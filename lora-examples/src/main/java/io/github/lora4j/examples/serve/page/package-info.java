// SPDX-License-Identifier: Apache-2.0
/** A page of one file to try a server with. */
@NullMarked
package io.github.lora4j.examples.serve.page;

import org.jspecify.annotations.NullMarked;
