// SPDX-License-Identifier: Apache-2.0
/** The requests, answers and errors of OpenAI's HTTP interface, as JSON. */
@NullMarked
package io.github.lora4j.examples.serve.openai;

import org.jspecify.annotations.NullMarked;
