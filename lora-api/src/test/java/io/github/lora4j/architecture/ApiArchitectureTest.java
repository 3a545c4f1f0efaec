// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.github.lora4j.violation.UsesEngine;
import io.github.lora4j.violation.left.Left;
import io.github.lora4j.violation.right.Right;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * The shape of the module. Rules are checked in test methods: as fields they would be skipped in
 * silence.
 */
class ApiArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.github.lora4j");

  /** DJL's API, never an engine, an extension or the implementation. */
  private static final ArchRule ENGINE_FREE =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.github.lora4j",
              "io.github.lora4j.combine..",
              "io.github.lora4j.data..",
              "io.github.lora4j.generate..",
              "io.github.lora4j.optim..",
              "io.github.lora4j.pattern..",
              "io.github.lora4j.peft..",
              "io.github.lora4j.plan..",
              "io.github.lora4j.quant..",
              "io.github.lora4j.serve..",
              "io.github.lora4j.spi..",
              "io.github.lora4j.target..",
              "io.github.lora4j.train..",
              "io.github.lora4j.variant..",
              "ai.djl",
              "ai.djl.engine..",
              "ai.djl.metric..",
              "ai.djl.modality..",
              "ai.djl.ndarray..",
              "ai.djl.nn..",
              "ai.djl.training..",
              "ai.djl.translate..",
              "ai.djl.util..",
              "com.google.gson..",
              "com.sun.jna..",
              "org.jspecify..",
              "org.slf4j..",
              "java..");

  /**
   * No cycles among the packages of concerns. The root holds the words that all share (exceptions,
   * configurations) and the doors to all; the seam to the implementation is reached from every
   * door.
   */
  private static final ArchRule ACYCLIC =
      slices()
          .matching("io.github.lora4j.(**)")
          .should()
          .beFreeOfCycles()
          .ignoreDependency(alwaysTrue(), resideInAPackage("io.github.lora4j.spi"));

  @Test
  void noEngineIsUsed() {
    ENGINE_FREE.check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    ACYCLIC.check(CLASSES);
  }

  @Test
  void everyPackageIsNullMarked() {
    assertTrue(CLASSES.size() > 50);
    CLASSES.forEach(
        type ->
            assertTrue(type.getPackage().isAnnotatedWith(NullMarked.class), type.getPackageName()));
  }

  @Test
  void anEngineIsSeen() {
    assertFails(ENGINE_FREE, UsesEngine.class);
  }

  @Test
  void aCycleIsSeen() {
    assertFails(ACYCLIC, Left.class, Right.class);
  }

  private static void assertFails(ArchRule rule, Class<?>... violation) {
    JavaClasses sample = new ClassFileImporter().importClasses(violation);
    assertThrows(AssertionError.class, () -> rule.check(sample));
  }
}
