// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.allocation;

/**
 * How many ranks all modules have together, step by step (Zhang et al. 2023, section 3.3; PEFT:
 * {@code RankAllocator.budget_schedule}). Steps count from 0.
 *
 * @param initial the budget before the allocation
 * @param target the budget after it
 * @param tinit steps before the allocation
 * @param last the step of the last allocation: the training's length less tfinal
 * @param deltaT steps between two allocations
 */
public record BudgetSchedule(int initial, int target, int tinit, int last, int deltaT) {
  /**
   * Whether ranks are shared out anew after a step.
   *
   * @param step the step
   * @return true every deltaT steps between the first phase and the last, and at their end
   */
  public boolean allocates(int step) {
    return step == last || (step > tinit && step < last && step % deltaT == 0);
  }

  /**
   * The budget of an allocation.
   *
   * @param step a step that {@link #allocates}
   * @return the ranks to be left, falling from initial to target with the cube of the steps to go
   */
  public int budget(int step) {
    double toGo = 1 - (double) (step - tinit) / (last - tinit);
    return (int) ((initial - target) * Math.pow(toGo, 3) + target);
  }
}
