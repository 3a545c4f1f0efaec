// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

import picocli.CommandLine.Command;

/** Adapts DJL's BERT. */
@Command(
    name = "block-bert",
    description = "Train a classifier on DJL's BertBlock, and adapt it to words it has not seen.")
public final class BlockBertCommand extends BlockCommand {
  @Override
  BlockTask task() {
    return new SentenceTask();
  }
}
