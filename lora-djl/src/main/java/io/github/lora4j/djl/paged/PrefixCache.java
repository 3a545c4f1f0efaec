// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Full pages by what led to them, so that sequences that begin alike under one adapter share them
 * (vLLM: automatic prefix caching). Pages stay when their sequences are gone, until somebody needs
 * the room; those used least recently go first, the ends of prefixes before their beginnings.
 *
 * <p>A page is found by all tokens up to its end, compared one by one, never by a hash alone. For
 * the thread of its pool.
 */
public final class PrefixCache {
  private final PagePool pool;
  private final Map<String, Node> roots = new HashMap<>();

  /** All nodes but the roots, the one used least recently first, each before its parent. */
  private final Set<Node> byUse = new LinkedHashSet<>();

  /**
   * Begins empty; the pool asks it for pages when none is free.
   *
   * @param pool where the pages are
   */
  public PrefixCache(PagePool pool) {
    this.pool = pool;
    pool.onShortage(this::giveUpOne);
  }

  /** A page of tokens, compared by value. */
  private record Block(int[] tokens) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Block block && Arrays.equals(tokens, block.tokens);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(tokens);
    }
  }

  /** A page behind those of its parents; a root has none. */
  private static final class Node {
    private final Deque<Node> path;
    private final Block block;
    private final int page;
    private final Map<Block, Node> children = new HashMap<>();

    private Node(Deque<Node> path, Block block, int page) {
      this.path = path;
      this.block = block;
      this.page = page;
    }

    private static Node root() {
      return new Node(new ArrayDeque<>(), new Block(new int[0]), -1);
    }

    private Node child(Block next, int itsPage) {
      Deque<Node> itsPath = new ArrayDeque<>(path);
      itsPath.push(this);
      Node child = new Node(itsPath, next, itsPage);
      children.put(next, child);
      return child;
    }
  }

  /**
   * Begins a sequence with the pages that are known of it. At least its last token is left to feed.
   *
   * @param table the sequence's, without pages
   * @param adapter the name of its adapter
   * @param tokens the sequence, at least one token
   * @return how many tokens lie in the table's pages now
   */
  public int adopt(BlockTable table, String adapter, int[] tokens) {
    Node node = roots.get(adapter);
    int pages = (tokens.length - 1) / pool.pageTokens();
    for (int i = 0; i < pages && node != null; i++) {
      Node next = node.children.get(block(tokens, i));
      if (next == null) {
        break;
      }
      pool.retain(next.page);
      table.append(next.page);
      node = next;
    }
    if (node != null) {
      touch(node);
    }
    return table.capacity();
  }

  /**
   * Makes a sequence's full pages known.
   *
   * @param table the sequence's
   * @param adapter the name of its adapter
   * @param tokens its tokens whose keys and values lie in the pages
   */
  public void publish(BlockTable table, String adapter, int[] tokens) {
    Node node = roots.computeIfAbsent(adapter, name -> Node.root());
    for (int i = 0; i < tokens.length / pool.pageTokens(); i++) {
      Block block = block(tokens, i);
      Node known = node.children.get(block);
      if (known == null) {
        pool.keep(table.page(i));
        known = node.child(block, table.page(i));
      }
      node = known;
    }
    touch(node);
  }

  private Block block(int[] tokens, int index) {
    int from = index * pool.pageTokens();
    return new Block(Arrays.copyOfRange(tokens, from, from + pool.pageTokens()));
  }

  /** Behind each other, the beginning last. */
  private void touch(Node end) {
    if (!end.path.isEmpty()) {
      use(end);
      end.path.stream().filter(node -> !node.path.isEmpty()).forEach(this::use);
    }
  }

  private void use(Node node) {
    byUse.remove(node);
    byUse.add(node);
  }

  /**
   * Forgets what is known under an adapter, whose factors will be others.
   *
   * @param adapter its name
   */
  public void forget(String adapter) {
    Node root = roots.remove(adapter);
    if (root != null) {
      byUse.removeIf(
          node -> {
            boolean gone = node.path.peekLast() == root;
            if (gone) {
              pool.giveUp(node.page);
            }
            return gone;
          });
    }
  }

  /** Frees the page used least recently of those that no sequence uses. */
  private boolean giveUpOne() {
    for (Iterator<Node> nodes = byUse.iterator(); nodes.hasNext(); ) {
      Node node = nodes.next();
      if (node.children.isEmpty() && pool.users(node.page) == 1) {
        nodes.remove();
        node.path.getFirst().children.remove(node.block);
        pool.giveUp(node.page);
        return true;
      }
    }
    return false;
  }
}
