// SPDX-License-Identifier: Apache-2.0
/** A model of this library as a chat model of LangChain4j, in the same process. */
@NullMarked
package io.github.lora4j.examples.langchain;

import org.jspecify.annotations.NullMarked;
