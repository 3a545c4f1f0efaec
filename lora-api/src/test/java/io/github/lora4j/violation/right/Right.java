// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.violation.right;

import io.github.lora4j.violation.left.Left;

/** The other half of a cycle. */
public record Right(Left left) {}
