package io.github.lora4j.optim;

/** An optimizer that keeps numbers of each parameter and can drop them. */
public interface StatefulOptimizer {
  /**
   * Drops what is kept of a parameter; its next update is its first.
   *
   * @param parameterId names the parameter, as in its updates; one never seen is no mistake
   */
  void forget(String parameterId);
}
