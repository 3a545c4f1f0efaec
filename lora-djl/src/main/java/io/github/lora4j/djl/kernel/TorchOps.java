// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.ndarray.NDManager;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The operators of one model, each compiled at its first use and owned by the model's manager.
 *
 * <p>Those that a graph may be recorded of copy their indices: an array made of Java's numbers lies
 * in Java's memory, which is gone when the array is closed, and the backward pass reads it later.
 *
 * <p>Shapes: T tokens of a ragged batch, H heads, K key-value heads, D values a head, L tokens of a
 * sequence, B sequences.
 */
public final class TorchOps {
  private final NDManager manager;
  private final Map<String, TorchOp> compiled = new ConcurrentHashMap<>();
  private volatile @Nullable LinearProducts linearProducts;

  /**
   * Creates the catalogue.
   *
   * @param manager owns the compiled operators
   */
  public TorchOps(NDManager manager) {
    this.manager = manager;
  }

  /**
   * Compiles an operator, or finds it compiled.
   *
   * @param source {@code def forward(self, x: Tensor, ...)} in TorchScript, indented by two
   * @return the operator
   */
  public TorchOp op(String source) {
    return compiled.computeIfAbsent(source, s -> TorchOp.compile(manager, s));
  }

  /**
   * Products with dense weights, without a graph.
   *
   * @return the fastest that this model's device has
   */
  public LinearProducts linearProducts() {
    LinearProducts known = linearProducts;
    if (known == null) {
      known = LinearProducts.of(this, manager);
      linearProducts = known;
    }
    return known;
  }

  /**
   * Root-mean-square norm, {@code x / sqrt(mean(x²) + eps) · (offset + w)} (Zhang and Sennrich,
   * 2019).
   *
   * @param epsilon added to the mean square
   * @param offset added to the weight: 0, in Gemma's models 1
   * @return (x [T, N], w [N]) → [T, N]
   */
  public TorchOp rmsNorm(double epsilon, double offset) {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor, w: Tensor) -> Tensor:
            norm = torch.linalg_vector_norm(x, 2, [-1], True)
            meanSquare = torch.div(torch.square(norm), torch.size(x, -1))
            scale = torch.rsqrt(torch.add(meanSquare, %s))
            return torch.mul(torch.mul(x, scale), %s)
        """
            .formatted(epsilon, offsetWeight(offset)));
  }

  /**
   * A norm's weight as an expression of TorchScript.
   *
   * @param offset what is added to it
   * @return w or offset + w
   */
  public static String offsetWeight(double offset) {
    return offset == 0 ? "w" : "torch.add(w, %s)".formatted(offset);
  }

  /**
   * Layer norm with weight and bias.
   *
   * @param epsilon added to the variance
   * @return (x [T, N], w [N], b [N]) → [T, N]
   */
  public TorchOp layerNorm(double epsilon) {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
            return torch.layer_norm(x, [torch.size(x, -1)], w, b, %s)
        """
            .formatted(epsilon));
  }

  /**
   * A linear map.
   *
   * @return (x [T, in], w [out, in]) → x wᵀ [T, out]
   */
  public TorchOp linear() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor, w: Tensor) -> Tensor:
            return torch.linear(x, w)
        """);
  }

  /**
   * A linear map with bias.
   *
   * @return (x [T, in], w [out, in], b [out]) → x wᵀ + b [T, out]
   */
  public TorchOp linearWithBias() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
            return torch.linear(x, w, b)
        """);
  }

  /**
   * The low-rank update, added into the base's result in place (Hu et al., 2021, section 4.1).
   *
   * @return (x [T, in], y [T, out], a [rank, in], b [out, rank], scale []) → y + scale · (x aᵀ) bᵀ
   */
  public TorchOp addLowRank() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor, y: Tensor, a: Tensor, b: Tensor, s: Tensor) -> Tensor:
            h = torch.mul(torch.linear(x, a), s)
            return torch.addmm_(y, h, torch.t(b))
        """);
  }

  /**
   * SwiGLU's gate (Shazeer, 2020).
   *
   * @return (gate and up [T, 2 N], side by side) → silu(gate) · up [T, N]
   */
  public TorchOp siluGate() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor) -> Tensor:
            gate, up = torch.chunk(x, 2, 1)
            return torch.mul(torch.silu(gate), up)
        """);
  }

  /**
   * Puts arrays side by side. The first argument only says whose manager the result is on.
   *
   * @param dimension along which
   * @param count how many
   * @return (any, count arrays) → one
   */
  public TorchOp concat(int dimension, int count) {
    String names =
        IntStream.range(0, count).mapToObj("x%d"::formatted).collect(Collectors.joining(", "));
    return op(
        """
          def forward(self: __torch__.Op, owner: Tensor, %s: Tensor) -> Tensor:
            return torch.cat([%s], %d)
        """
            .formatted(names.replace(",", ": Tensor,"), names, dimension));
  }

  /**
   * The gradient of a bias.
   *
   * @return (dy [T, out]) → [out]
   */
  public TorchOp sumRows() {
    return op(
        """
          def forward(self: __torch__.Op, dy: Tensor) -> Tensor:
            return torch.sum(dy, [0])
        """);
  }

  /**
   * The gradient of a linear map's weight.
   *
   * @return (dy [T, out], x [T, in]) → dyᵀ x [out, in]
   */
  public TorchOp weightGradient() {
    return op(
        """
          def forward(self: __torch__.Op, dy: Tensor, x: Tensor) -> Tensor:
            return torch.mm(torch.t(dy), x)
        """);
  }

  /**
   * The tanh approximation of GELU.
   *
   * @return x → gelu(x)
   */
  public TorchOp geluTanh() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor) -> Tensor:
            return torch.gelu(x, approximate="tanh")
        """);
  }

  /**
   * Sets every value to zero in place; also clears a gradient that is not finite.
   *
   * @return x → x
   */
  public TorchOp zero() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor) -> Tensor:
            return torch.zero_(x)
        """);
  }

  /**
   * Takes a tensor's values and their memory away.
   *
   * @return x → x, of no values
   */
  public TorchOp empty() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor) -> Tensor:
            return torch.set_(x)
        """);
  }

  /**
   * Gives a tensor that was emptied zeros again.
   *
   * @return (x, like [...]) → x, of the shape of {@code like}
   */
  public TorchOp refill() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor, like: Tensor) -> Tensor:
            return torch.set_(x, torch.zeros_like(like))
        """);
  }

  /**
   * Writes one tensor over another in place, from any device to any other.
   *
   * @return (target [...], source [...]) → target
   */
  public TorchOp copyInto() {
    return op(
        """
          def forward(self: __torch__.Op, target: Tensor, source: Tensor) -> Tensor:
            return torch.copy_(target, source)
        """);
  }

  /**
   * The summed cross entropy of logits.
   *
   * @return (logits [T, V], labels [T]) → []
   */
  public TorchOp crossEntropySum() {
    return op(
        """
          def forward(self: __torch__.Op, logits: Tensor, labels: Tensor) -> Tensor:
            return torch.cross_entropy_loss(logits, labels, None, 2, -100, 0.)
        """);
  }

  /**
   * The summed cross entropy of logits, and the gradient of {@code weight · sum}.
   *
   * @return (logits [T, V], labels [T], weights [T]) → losses [T], unweighted, and weights ·
   *     (softmax − one-hot) [T, V]
   */
  public TorchOp crossEntropyGradient() {
    return op(
        """
          def forward(self: __torch__.Op, logits: Tensor, labels: Tensor, weights: Tensor) -> Tuple[Tensor, Tensor]:
            logp = torch.log_softmax(logits, 1)
            at = torch.unsqueeze(labels, 1)
            losses = torch.neg(torch.squeeze(torch.gather(logp, 1, at), 1))
            each = torch.unsqueeze(weights, 1)
            p = torch.mul_(torch.exp_(logp), each)
            return (losses, torch.scatter_add_(p, 1, at, torch.neg(each)))
        """);
  }

  /**
   * Rows of a table. The ids are copied: a graph keeps them for its backward pass, and those that
   * came out of Java lie in a buffer of the JVM's, which it may reuse as soon as their array is
   * closed.
   *
   * @param scale what they are multiplied by, rounded to float32
   * @return (ids [T] int64, table [V, N]) → [T, N]
   */
  public TorchOp embedding(double scale) {
    String rows = "torch.embedding(table, torch.clone(ids))";
    return op(
        """
          def forward(self: __torch__.Op, ids: Tensor, table: Tensor) -> Tensor:
            return %s
        """
            .formatted(scale == 1 ? rows : "torch.mul(%s, %s)".formatted(rows, (float) scale)));
  }

  /**
   * The low-rank update of an embedding, added into its rows in place. The ids are copied, as those
   * of {@link #embedding} are.
   *
   * @return (ids [T] int64, y [T, N], a [rank, V], b [N, rank], scale []) → y + scale · a[:, ids]ᵀ
   *     bᵀ
   */
  public TorchOp addEmbeddingLowRank() {
    return op(
        """
          def forward(self: __torch__.Op, ids: Tensor, y: Tensor, a: Tensor, b: Tensor, s: Tensor) -> Tensor:
            h = torch.t(torch.index_select(a, 1, torch.clone(ids)))
            return torch.addmm_(y, torch.mul(h, s), torch.t(b))
        """);
  }

  /**
   * One new token for each of B sequences against a cache, written into the cache in place.
   *
   * @param headDim D
   * @param keyValueHeads K; query heads are a multiple of it
   * @param scores how queries and keys become the weights of values
   * @return (q [B, H·D], k [B, K·D], v [B, K·D], keys [B, K, capacity, D], values likewise, slots
   *     [B] int64 = where the new token goes, mask [B, K or 1, H/K or 1, L] additive) → [B, H·D]
   */
  public TorchOp decodeAttention(int headDim, int keyValueHeads, AttentionScores scores) {
    return op(
        """
          def forward(self: __torch__.Op, q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor, slots: Tensor, mask: Tensor) -> Tensor:
            b = torch.size(q, 0)
            l = torch.size(mask, 3)
            at = torch.expand(torch.reshape(slots, [b, 1, 1, 1]), [b, %2$d, 1, %1$d])
            ks = torch.slice(torch.scatter_(keys, 2, at, torch.reshape(k, [b, %2$d, 1, %1$d])), 2, 0, l)
            vs = torch.slice(torch.scatter_(values, 2, at, torch.reshape(v, [b, %2$d, 1, %1$d])), 2, 0, l)
            qs = torch.reshape(q, [b, %2$d, -1, %1$d])
        %3$s
            return torch.reshape(y, [b, -1])
        """
            .formatted(headDim, keyValueHeads, scores.attend(AttentionMask.ADDITIVE)));
  }

  /**
   * Copies a prompt's rows into a cache in place.
   *
   * @return (rows [T, K·D], cache [B, K, capacity, D], span [3] = first row, count, sequence) →
   *     cache
   */
  public TorchOp fillCache() {
    return op(
        """
          def forward(self: __torch__.Op, rows: Tensor, cache: Tensor, span: Tensor) -> Tensor:
            first = int(torch.select(span, 0, 0))
            n = int(torch.select(span, 0, 1))
            sequence = int(torch.select(span, 0, 2))
            heads = torch.size(cache, 1)
            source = torch.reshape(torch.slice(rows, 0, first, first + n), [n, heads, -1])
            target = torch.slice(torch.select(cache, 0, sequence), 1, 0, n)
            torch.copy_(target, torch.transpose(source, 0, 1))
            return cache
        """);
  }

  /**
   * A larger cache with the old one's content at its start.
   *
   * @return (cache [B, K, capacity, D], larger [B, K, more, D]) → larger
   */
  public TorchOp growCache() {
    return op(
        """
          def forward(self: __torch__.Op, cache: Tensor, larger: Tensor) -> Tensor:
            torch.copy_(torch.slice(larger, 2, 0, torch.size(cache, 2)), cache)
            return larger
        """);
  }

  /**
   * Causality added to biases of keys, for sequences that start at position 0.
   *
   * @return (biases [1, H, 1, L]) → [1, H, L, L]: the bias, −∞ for keys after the query
   */
  public TorchOp causalMask() {
    return op(
        """
          def forward(self: __torch__.Op, biases: Tensor) -> Tensor:
            l = torch.size(biases, 3)
            future = torch.triu(torch.new_full(biases, [l, l], float("-inf")), 1)
            return torch.add(biases, future)
        """);
  }

  /**
   * The mask of causality within a window: a query sees itself and the window − 1 keys before it
   * (Beltagy et al., 2020; transformers: {@code sliding_window}).
   *
   * @return (any float, span [2] int64 = L, window) → [1, 1, L, L]: 0, −∞ for keys that a query
   *     does not see
   */
  public TorchOp windowMask() {
    return op(
        """
          def forward(self: __torch__.Op, any: Tensor, span: Tensor) -> Tensor:
            l = int(torch.select(span, 0, 0))
            window = int(torch.select(span, 0, 1))
            none = torch.new_full(any, [1, 1, l, l], float("-inf"))
            return torch.add(torch.triu(none, 1), torch.tril(none, torch.neg(window)))
        """);
  }

  /**
   * How far two vectors are apart. The first argument only says whose manager the result is on.
   *
   * @return (any, a [N], b [N]) → a − b [N]
   */
  public TorchOp difference() {
    return op(
        """
          def forward(self: __torch__.Op, owner: Tensor, a: Tensor, b: Tensor) -> Tensor:
            return torch.sub(a, b)
        """);
  }

  /**
   * Picks rows.
   *
   * @return (x [T, N], rows [R] int64) → [R, N]
   */
  public TorchOp selectRows() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor, rows: Tensor) -> Tensor:
            return torch.index_select(x, 0, torch.clone(rows))
        """);
  }

  /**
   * Adds rows into a tensor in place.
   *
   * @return (target [T, N], rows [R] int64, source [R, N]) → target
   */
  public TorchOp addRows() {
    return op(
        """
          def forward(self: __torch__.Op, target: Tensor, rows: Tensor, source: Tensor) -> Tensor:
            return torch.index_add_(target, 0, torch.clone(rows), source)
        """);
  }

  /**
   * The place of the largest value in each row, the first among equals.
   *
   * @return x [T, N] → [T] int64
   */
  public TorchOp argmax() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor) -> Tensor:
            return torch.argmax(x, -1)
        """);
  }

  /**
   * A view of some rows: what is written to it is written to the whole.
   *
   * @return (x [T, N], span [2] int64 = first row, row after the last) → a view of x
   */
  public TorchOp viewRows() {
    return op(
        """
          def forward(self: __torch__.Op, x: Tensor, span: Tensor) -> Tensor:
            first = int(torch.select(span, 0, 0))
            end = int(torch.select(span, 0, 1))
            return torch.slice(x, 0, first, end)
        """);
  }
}
