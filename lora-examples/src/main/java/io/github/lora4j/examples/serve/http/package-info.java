// SPDX-License-Identifier: Apache-2.0
/** OpenAI's HTTP interface in front of a server of adapters. */
@NullMarked
package io.github.lora4j.examples.serve.http;

import org.jspecify.annotations.NullMarked;
