// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

/**
 * One change of the options that saves memory.
 *
 * @param change what to change, as a sentence says it
 * @param options the options with this change and no other
 * @param need what they take
 * @param gain bytes less than without the change, above 0
 */
public record Remedy(String change, PlanOptions options, MemoryNeed need, long gain) {}
