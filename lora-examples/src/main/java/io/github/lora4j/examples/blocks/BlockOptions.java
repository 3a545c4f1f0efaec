// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

import java.nio.file.Path;

/**
 * How an example runs.
 *
 * @param output where the adapter is written
 * @param baseEpochs how often the network sees its own samples
 * @param epochs how often the adapter sees its samples
 * @param rank the rank of the adapter
 * @param seed what everything random comes from
 */
record BlockOptions(Path output, int baseEpochs, int epochs, int rank, long seed) {}
