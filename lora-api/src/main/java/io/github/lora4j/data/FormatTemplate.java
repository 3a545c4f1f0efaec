// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import io.github.lora4j.ConfigurationException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A prompt written out with {@code {instruction}} and {@code {input}} in it. */
final class FormatTemplate implements PromptTemplate {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{(\\w+)}");

  private final String format;

  FormatTemplate(String format) {
    boolean hasInstruction = false;
    Matcher matcher = PLACEHOLDER.matcher(format);
    while (matcher.find()) {
      switch (matcher.group(1)) {
        case "instruction" -> hasInstruction = true;
        case "input" -> {}
        default ->
            throw new ConfigurationException(
                "PromptTemplate: unknown placeholder %s; {instruction} and {input} are known"
                    .formatted(matcher.group()));
      }
    }
    if (!hasInstruction) {
      throw new ConfigurationException(
          "PromptTemplate: the format has no {instruction}; found \"%s\"".formatted(format));
    }
    this.format = format;
  }

  @Override
  public PromptCompletion apply(InstructionRecord record) {
    // One pass, so that braces inside a record's text are never taken for placeholders.
    String prompt =
        PLACEHOLDER
            .matcher(format)
            .replaceAll(match -> Matcher.quoteReplacement(value(match.group(1), record)));
    return new PromptCompletion(prompt, record.output());
  }

  private static String value(String placeholder, InstructionRecord record) {
    return placeholder.equals("input") ? record.input() : record.instruction();
  }
}
