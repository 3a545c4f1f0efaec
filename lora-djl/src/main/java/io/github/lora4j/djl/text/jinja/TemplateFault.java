// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

/** A template is wrong, or fails on what it is given; becomes a ConfigurationException. */
class TemplateFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TemplateFault(String message) {
    super(message);
  }

  /** The same fault, said to be in a line of the template. */
  TemplateFault at(int line) {
    return new Located("line %d: %s".formatted(line, getMessage()));
  }

  /** A fault that says where it is. */
  private static final class Located extends TemplateFault {
    private static final long serialVersionUID = 1L;

    Located(String message) {
      super(message);
    }

    @Override
    TemplateFault at(int line) {
      return this;
    }
  }

  /** The template's own {@code raise_exception(message)}: the message stays as it is. */
  static final class Raised extends TemplateFault {
    private static final long serialVersionUID = 1L;

    Raised(String message) {
      super(message);
    }

    @Override
    TemplateFault at(int line) {
      return this;
    }
  }
}
