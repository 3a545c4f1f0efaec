// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

/**
 * A thing that can be counted, in both languages.
 *
 * @param singular English, one
 * @param plural English, several
 * @param chinese Chinese
 * @param measure the Chinese measure word
 */
record Noun(String singular, String plural, String chinese, String measure) {}
