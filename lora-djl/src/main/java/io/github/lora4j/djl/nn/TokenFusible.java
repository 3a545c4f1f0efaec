package io.github.lora4j.djl.nn;

/** A block that can write its work on one token into a fused operator. */
interface TokenFusible {
  /**
   * Writes the block's work.
   *
   * @param script where to
   * @param x the name of the input vector
   * @return the name of the output vector
   */
  String write(TokenScript script, String x);
}
