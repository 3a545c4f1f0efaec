// SPDX-License-Identifier: Apache-2.0
/** What a run leaves to be looked at: log lines, a table, a page with charts, an event file. */
@NullMarked
package io.github.lora4j.djl.report;

import org.jspecify.annotations.NullMarked;
