package io.github.lora4j.examples.command;

import io.github.lora4j.train.GradientCheckpointing;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code none}, {@code layer}, {@code sqrt} or a number of layers. */
final class CheckpointingConverter implements ITypeConverter<GradientCheckpointing> {
  @Override
  public GradientCheckpointing convert(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "none" -> GradientCheckpointing.none();
      case "layer" -> GradientCheckpointing.everyLayer();
      case "sqrt" -> GradientCheckpointing.squareRoot();
      default -> layers(value);
    };
  }

  private static GradientCheckpointing layers(String value) {
    if (!value.matches("[1-9]\\d{0,5}")) {
      throw new TypeConversionException(
          "'%s' is none of none, layer, sqrt and a number of layers".formatted(value));
    }
    return GradientCheckpointing.every(Integer.parseInt(value));
  }
}
