// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.PromptCompletion;

/** Something the model is to learn, as texts that show it. */
@FunctionalInterface
interface Skill {
  /** Writes one text; its prompt is empty if all of it is to be learned. */
  PromptCompletion write(Draw draw);
}
