// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;

/**
 * Numbers in blocks of codes, each block with its largest magnitude: what quantisation gives and
 * dequantisation takes. Element i of the flattened tensor lies in block i / blockSize; the last
 * block may be short.
 *
 * @param format how codes and numbers go together
 * @param blockSize elements of a block
 * @param packed UINT8, {@link QuantizationFormat#packedSize} bytes: a code a byte, or two with the
 *     first in the high half
 * @param absmax FLOAT32, a value a block
 * @param code FLOAT32, the number behind each code, 16 or 256 values
 */
public record QuantizedBlocks(
    QuantizationFormat format, int blockSize, NDArray packed, NDArray absmax, NDArray code) {}
