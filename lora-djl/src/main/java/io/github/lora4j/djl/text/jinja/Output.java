// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

/** Text in the making, paid for by its length. */
final class Output {
  private final StringBuilder text = new StringBuilder();
  private final Budget budget;

  Output(Budget budget) {
    this.budget = budget;
  }

  Output append(String piece) {
    budget.charge(piece.length());
    text.append(piece);
    return this;
  }

  Budget budget() {
    return budget;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
