// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.combine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.combine.MajoritySign;
import java.util.List;

/**
 * For each value the majority's sign, and the mean of the weighted values that have it (Yadav et
 * al., 2023, section 3; PEFT: {@code disjoint_merge}).
 *
 * @param majority how a sign is elected
 */
record SignElection(MajoritySign majority) implements Mixing {
  @Override
  public NDArray mix(List<NDArray> tasks, List<Double> weights) {
    NDArray elected = elected(tasks);
    NDArray sum = elected.zerosLike();
    NDArray count = elected.zerosLike();
    for (int i = 0; i < tasks.size(); i++) {
      NDArray agrees = tasks.get(i).sign().eq(elected).toType(DataType.FLOAT32, false);
      sum.addi(tasks.get(i).mul(weights.get(i).floatValue()).mul(agrees));
      count.addi(agrees);
    }
    return sum.div(count.maximum(1));
  }

  /** 1 or −1; 1 where neither has the majority. */
  private NDArray elected(List<NDArray> tasks) {
    NDArray votes = tasks.get(0).zerosLike();
    for (NDArray task : tasks) {
      votes.addi(majority == MajoritySign.TOTAL ? task : task.sign());
    }
    return votes.gte(0).toType(DataType.FLOAT32, false).mul(2).sub(1);
  }
}
