package io.github.lora4j.djl.nn;

/** What stands in a place of a decoder. */
public enum ModuleKind {
  /** A linear map. */
  LINEAR,
  /** The linear map onto the vocabulary. */
  OUTPUT_HEAD,
  /** A token or position table. */
  EMBEDDING,
  /** A norm. */
  NORM
}
