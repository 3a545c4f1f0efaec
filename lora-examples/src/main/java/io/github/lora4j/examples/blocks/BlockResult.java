// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

/**
 * Shares of held-out samples that were classified right.
 *
 * @param known what the network was trained for
 * @param before what it is to be adapted to, by the network alone
 * @param after the same, with the adapter
 * @param knownAfter what the network was trained for, after the adapter was taken off
 */
record BlockResult(double known, double before, double after, double knownAfter) {}
