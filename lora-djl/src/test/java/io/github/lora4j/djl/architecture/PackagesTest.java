// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.github.lora4j.djl.kernel.violation.KnowsModels;
import io.github.lora4j.djl.violation.left.Left;
import io.github.lora4j.djl.violation.right.Right;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * The shape of the module. Rules are checked in test methods: as fields they would be skipped in
 * silence.
 */
class PackagesTest {
  private static final String ROOT = "io.github.lora4j.djl.";

  /** From the ground up: a package knows those on the floors below its own, and no neighbour. */
  private static final List<List<String>> FLOORS =
      List.of(
          List.of("format", "kernel", "micrometer", "progress", "text.jinja"),
          List.of("inject.combine", "quant", "report", "tape"),
          List.of("nn", "text"),
          List.of("arch", "prompt"),
          List.of("inject.allocation"),
          List.of("inject"),
          List.of("inject.parameter"),
          List.of("inject.block"),
          List.of("inject.script"),
          List.of("train.checkpoint"),
          List.of("train", "generate", "plan", "paged"),
          List.of("serve"),
          List.of("model"),
          List.of("verify", "zoo"));

  private static final ArchRule ACYCLIC =
      slices().matching(ROOT + "(**)").should().beFreeOfCycles();

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.github.lora4j.djl");

  private static List<ArchRule> oneWay() {
    List<ArchRule> rules = new ArrayList<>();
    for (int floor = 0; floor < FLOORS.size(); floor++) {
      for (String name : FLOORS.get(floor)) {
        String[] notBelow =
            FLOORS.subList(floor, FLOORS.size()).stream()
                .flatMap(List::stream)
                .filter(other -> !other.equals(name))
                .map(other -> ROOT + other)
                .toArray(String[]::new);
        rules.add(
            noClasses()
                .that()
                .resideInAPackage(hasFloorsAbove(name) ? ROOT + name : ROOT + name + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(notBelow));
      }
    }
    return rules;
  }

  /** Whether packages inside it have floors of their own. */
  private static boolean hasFloorsAbove(String name) {
    return FLOORS.stream().flatMap(List::stream).anyMatch(other -> other.startsWith(name + "."));
  }

  @Test
  void packagesPointOneWay() {
    oneWay().forEach(rule -> rule.check(CLASSES));
  }

  @Test
  void everyPackageHasItsFloor() {
    Set<String> known =
        FLOORS.stream()
            .flatMap(List::stream)
            .map(ROOT::concat)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> found =
        CLASSES.stream()
            .map(JavaClass::getPackageName)
            .filter(name -> name.startsWith(ROOT))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(known, found);
  }

  @Test
  void packagesHaveNoCycles() {
    ACYCLIC.check(CLASSES);
  }

  @Test
  void everyPackageIsNullMarked() {
    CLASSES.forEach(
        type ->
            assertTrue(type.getPackage().isAnnotatedWith(NullMarked.class), type.getPackageName()));
  }

  @Test
  void theWrongWayIsSeen() {
    JavaClasses sample = new ClassFileImporter().importClasses(KnowsModels.class);
    assertThrows(
        AssertionError.class,
        () -> oneWay().forEach(rule -> rule.allowEmptyShould(true).check(sample)));
  }

  @Test
  void aCycleIsSeen() {
    JavaClasses sample = new ClassFileImporter().importClasses(Left.class, Right.class);
    assertThrows(AssertionError.class, () -> ACYCLIC.check(sample));
  }
}
