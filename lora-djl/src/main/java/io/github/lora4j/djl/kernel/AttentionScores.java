// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

/**
 * How queries and keys become the weights of values, as TorchScript.
 *
 * <p>Shapes: N sequences, H heads, L queries and S keys of a sequence, D values a head.
 */
public sealed interface AttentionScores {
  /**
   * What products of queries and keys are multiplied by.
   *
   * @return 1 / √D as a rule
   */
  double scale();

  /**
   * Attention that libtorch can differentiate.
   *
   * @param mask which keys a query sees; {@link AttentionMask#CAUSAL} where L = S
   * @return statements that name y [N, H, L, D] from qs [N, H, L, D], ks and vs [N, H, S, D] and
   *     perhaps mask
   */
  String attend(AttentionMask mask);

  /**
   * What no score exceeds.
   *
   * @return 0 if nothing limits them
   */
  double cap();

  /**
   * Whether libtorch has these scores in its fused attention for CPUs, forward and back.
   *
   * @return true if so
   */
  boolean isFusedOnCpu();

  /**
   * softmax(scale · q kᵀ + mask) v (Vaswani et al., 2017).
   *
   * @param scale what the products are multiplied by
   */
  record ScaledDotProduct(double scale) implements AttentionScores {
    @Override
    public String attend(AttentionMask mask) {
      return "    y = torch.scaled_dot_product_attention(qs, ks, vs, %s, scale=%s)\n"
          .formatted(mask.arguments(), scale);
    }

    @Override
    public double cap() {
      return 0;
    }

    @Override
    public boolean isFusedOnCpu() {
      return true;
    }
  }

  /**
   * softmax(cap · tanh(scale · q kᵀ / cap) + mask) v (Gemma Team, 2024, section 2; transformers:
   * {@code attn_logit_softcapping}). libtorch's fused attention has no cap, so this one holds all
   * scores.
   *
   * @param scale what the products are multiplied by
   * @param cap what no score exceeds
   */
  record SoftCapped(double scale, double cap) implements AttentionScores {
    @Override
    public String attend(AttentionMask mask) {
      String seen =
          switch (mask) {
            case ADDITIVE -> "torch.add(capped, mask)";
            case CAUSAL -> "torch.add(capped, torch.triu(torch.full_like(s, float(\"-inf\")), 1))";
            case NONE -> "capped";
          };
      return """
              s = torch.mul(torch.matmul(qs, torch.transpose(ks, 2, 3)), %s)
              capped = torch.mul(torch.tanh(torch.div(s, %s)), %s)
              y = torch.matmul(torch.softmax(%s, -1), vs)
          """
          .formatted(scale, cap, cap, seen);
    }

    @Override
    public boolean isFusedOnCpu() {
      return false;
    }
  }
}
