// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

/**
 * An adapter and the rows of a batch that it applies to.
 *
 * @param adapter the adapter
 * @param from the first row
 * @param to the row after the last
 */
public record AppliedAdapter(LoraAdapter adapter, int from, int to) {}
