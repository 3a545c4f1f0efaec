// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

import picocli.CommandLine.Command;

/** Adapts a convolutional network. */
@Command(
    name = "block-conv",
    description =
        "Train a convolutional classifier of DJL's blocks, and adapt it to inverted images.")
public final class BlockConvCommand extends BlockCommand {
  @Override
  BlockTask task() {
    return new ImageTask();
  }
}
