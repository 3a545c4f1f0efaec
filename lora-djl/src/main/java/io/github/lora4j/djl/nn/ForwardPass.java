package io.github.lora4j.djl.nn;

/**
 * What every layer needs to know of the batch that passes through it.
 *
 * @param rotation what positions do to queries and keys
 * @param attention how sequences attend
 * @param training whether dropout is on
 * @param seeds what dropout draws from
 */
public record ForwardPass(
    Rotation rotation, AttentionPass attention, boolean training, LayerSeeds seeds) {}
