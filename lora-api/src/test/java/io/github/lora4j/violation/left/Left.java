// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.violation.left;

import io.github.lora4j.violation.right.Right;

/** One half of a cycle. */
public record Left(Right right) {}
