// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.zoo;

import ai.djl.Model;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.Translator;

/** A model of the zoo that closes the base beneath it: nobody else has it. */
final class OwningZooModel<I, O> extends ZooModel<I, O> {
  private final Model base;

  OwningZooModel(Model model, Translator<I, O> translator, Model base) {
    super(model, translator);
    this.base = base;
  }

  @Override
  public void close() {
    super.close();
    base.close();
  }
}
