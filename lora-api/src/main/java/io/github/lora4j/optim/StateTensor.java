// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import java.util.List;

/**
 * A tensor of a saved state.
 *
 * @param type as safetensors spells it
 * @param shape sizes of the dimensions
 * @param begin its first byte behind the header
 * @param end the byte after its last
 */
record StateTensor(String type, List<Long> shape, long begin, long end) {
  long length() {
    return end - begin;
  }
}
