// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.types.Shape;

/** A tensor of a torch archive before it has its name. */
record TorchTensor(StoredType type, Shape shape, TensorBytes bytes) {}
