// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of Python's pickle machine (protocol 2) that state dicts need. Nothing of Python is
 * called: globals are names that {@link Host} turns into values of ours, or refuses.
 *
 * <p>Values are {@code String}, {@code Long}, {@code Double}, {@code Boolean}, {@link Marker#NONE},
 * {@code List} for tuples, {@link PickleList}, {@link PickleDict}, and the host's.
 */
final class PickleMachine {
  /** Values without a Java counterpart. */
  enum Marker {
    /** Python's None. */
    NONE,
    /** The bottom of a group on the stack. */
    MARK
  }

  /** A Python list. */
  record PickleList(List<Object> items) {}

  /** A Python dict, or OrderedDict, whose keys are strings. */
  record PickleDict(Map<String, Object> items) {
    static PickleDict empty() {
      return new PickleDict(new LinkedHashMap<>());
    }
  }

  /** Gives meaning to names and calls. Each method may refuse. */
  interface Host {
    /** The value of a global name. */
    Object global(String module, String name);

    /** The result of calling a value of this host. */
    Object call(Object callable, List<Object> arguments);

    /** What a persistent id stands for. */
    Object persistent(Object id);
  }

  /** Python's pickler puts at most a thousand pairs on the stack before it stores them. */
  private static final int MAX_STACK = 100_000;

  private final PickleReader reader;
  private final Host host;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();

  PickleMachine(PickleReader reader, Host host) {
    this.reader = reader;
    this.host = host;
  }

  /** Runs to the end and gives what the pickle holds. */
  Object run() {
    for (int opcode = reader.u8(); opcode != '.'; opcode = reader.u8()) {
      step(opcode);
    }
    return pop();
  }

  private void step(int opcode) {
    switch (opcode) {
      case 0x80 -> requireProtocol(reader.u8());
      case '(' -> push(Marker.MARK);
      case 'N' -> push(Marker.NONE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'J' -> push((long) reader.i32());
      case 'K' -> push((long) reader.u8());
      case 'M' -> push((long) reader.u16());
      case 0x8a -> push(reader.long1());
      case 'G' -> push(reader.f64());
      case 'X' -> push(reader.text());
      case ')' -> push(List.of());
      case 't' -> push(Collections.unmodifiableList(popToMark()));
      case 0x85 -> push(tuple(1));
      case 0x86 -> push(tuple(2));
      case 0x87 -> push(tuple(3));
      case ']' -> push(new PickleList(new ArrayList<>()));
      case 'a' -> append(List.of(pop()));
      case 'e' -> append(popToMark());
      case '}' -> push(PickleDict.empty());
      case 's' -> putAll(tuple(2));
      case 'u' -> putAll(popToMark());
      case 'q' -> memo.put(reader.u8(), peek());
      case 'r' -> memo.put(reader.i32(), peek());
      case 'h' -> push(recall(reader.u8()));
      case 'j' -> push(recall(reader.i32()));
      case 'c' -> push(host.global(reader.line(), reader.line()));
      case 'R' -> call();
      case 'Q' -> push(host.persistent(pop()));
      case 'b' -> build();
      default -> throw error(String.format("opcode 0x%02x, which no state dict needs", opcode));
    }
  }

  private void requireProtocol(int protocol) {
    if (protocol != 2) {
      throw error("protocol " + protocol + ", expected 2, the default of torch.save");
    }
  }

  private void append(List<Object> values) {
    if (!(peek() instanceof PickleList list)) {
      throw error("values appended to what is no list");
    }
    list.items().addAll(values);
  }

  private void putAll(List<Object> pairs) {
    if (!(peek() instanceof PickleDict dict) || pairs.size() % 2 != 0) {
      throw error("items put into what is no dict, or a key without value");
    }
    for (int i = 0; i < pairs.size(); i += 2) {
      if (!(pairs.get(i) instanceof String key)) {
        throw error("a dict key that is no string, expected names of tensors");
      }
      dict.items().put(key, pairs.get(i + 1));
    }
  }

  private void call() {
    if (!(pop() instanceof List<?> arguments)) {
      throw error("a call without a tuple of arguments");
    }
    push(host.call(pop(), List.copyOf(arguments)));
  }

  /** Attributes of a dict, such as the versions that torch notes on a state dict, mean nothing. */
  private void build() {
    pop();
    if (!(peek() instanceof PickleDict)) {
      throw error("attributes set on what is no dict");
    }
  }

  private List<Object> tuple(int size) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      values.add(0, pop());
    }
    return Collections.unmodifiableList(values);
  }

  private List<Object> popToMark() {
    int mark = stack.lastIndexOf(Marker.MARK);
    if (mark < 0) {
      throw error("the end of a group that was not begun");
    }
    List<Object> group = stack.subList(mark + 1, stack.size());
    List<Object> values = new ArrayList<>(group);
    stack.subList(mark, stack.size()).clear();
    return values;
  }

  private Object recall(int key) {
    Object value = memo.get(key);
    if (value == null) {
      throw error("memo " + key + ", which was never written");
    }
    return value;
  }

  private void push(Object value) {
    if (stack.size() == MAX_STACK) {
      throw error("more than " + MAX_STACK + " values on the stack; no state dict needs so many");
    }
    stack.add(value);
  }

  private Object pop() {
    Object top = peek();
    stack.remove(stack.size() - 1);
    return top;
  }

  private Object peek() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == Marker.MARK) {
      throw error("an opcode that needs a value, but the stack is empty");
    }
    return stack.get(stack.size() - 1);
  }

  private CheckpointException error(String found) {
    return reader.error(found);
  }
}
