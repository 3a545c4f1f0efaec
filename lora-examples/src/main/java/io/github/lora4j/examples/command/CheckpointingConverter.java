// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.examples.loading.CheckpointingWord;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code none}, {@code layer}, {@code sqrt} or a number of layers. */
final class CheckpointingConverter implements ITypeConverter<GradientCheckpointing> {
  @Override
  public GradientCheckpointing convert(String value) {
    return CheckpointingWord.parse(value.toLowerCase(Locale.ROOT))
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'%s' is none of none, layer, sqrt and a number of layers".formatted(value)));
  }
}
