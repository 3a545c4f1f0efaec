// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import io.github.lora4j.AdapterConfig;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.peft.PeftTensor;
import java.util.List;
import java.util.Optional;

/** What of an adapter is written to a directory. */
public interface StoredAdapter {
  /**
   * The configuration as it is to be stored.
   *
   * @return the configuration
   */
  AdapterConfig config();

  /**
   * The tensors of the file.
   *
   * @return each once
   */
  List<PeftTensor> storedTensors();

  /**
   * A value of the adapter's own.
   *
   * @param name the name in the file
   * @param tensor what it is
   * @return the entry, or empty if the value is the base's
   */
  Optional<TensorEntry> ownEntry(String name, PeftTensor tensor);
}
