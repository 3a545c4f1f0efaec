// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The names that the pickle of a state dict may use, and what they make. */
final class TorchHost implements PickleMachine.Host {
  private static final Map<String, Object> GLOBALS =
      Map.ofEntries(
          Map.entry("collections.OrderedDict", Callable.ORDERED_DICT),
          Map.entry("torch._utils._rebuild_tensor_v2", Callable.REBUILD_TENSOR_V2),
          Map.entry("torch._utils._rebuild_parameter", Callable.REBUILD_PARAMETER),
          Map.entry("torch.DoubleStorage", StoredType.F64),
          Map.entry("torch.FloatStorage", StoredType.F32),
          Map.entry("torch.HalfStorage", StoredType.F16),
          Map.entry("torch.BFloat16Storage", StoredType.BF16),
          Map.entry("torch.LongStorage", StoredType.I64),
          Map.entry("torch.IntStorage", StoredType.I32),
          Map.entry("torch.ShortStorage", StoredType.I16),
          Map.entry("torch.CharStorage", StoredType.I8),
          Map.entry("torch.ByteStorage", StoredType.U8),
          Map.entry("torch.BoolStorage", StoredType.BOOL));

  private final TorchArchive archive;

  TorchHost(TorchArchive archive) {
    this.archive = archive;
  }

  /** The functions that may be called; none of them is Python's. */
  private enum Callable {
    ORDERED_DICT,
    REBUILD_TENSOR_V2,
    REBUILD_PARAMETER
  }

  @Override
  public Object global(String module, String name) {
    Object global = GLOBALS.get(module + "." + name);
    if (global == null) {
      throw error(
          "the pickle asks for '"
              + module
              + "."
              + name
              + "', which is not among the names a state"
              + " dict needs; nothing was run. Trust the file's source before you load it in"
              + " Python, and save model.state_dict()");
    }
    return global;
  }

  @Override
  public Object call(Object callable, List<Object> arguments) {
    if (callable == Callable.ORDERED_DICT && arguments.isEmpty()) {
      return PickleMachine.PickleDict.empty();
    }
    if (callable == Callable.REBUILD_TENSOR_V2) {
      return rebuildTensor(arguments);
    }
    if (callable == Callable.REBUILD_PARAMETER
        && !arguments.isEmpty()
        && arguments.get(0) instanceof TorchTensor tensor) {
      return tensor;
    }
    throw error("the pickle calls " + describe(callable) + " with arguments no state dict has");
  }

  @Override
  public Object persistent(Object id) {
    if (id instanceof List<?> parts
        && parts.size() == 5
        && parts.get(0).equals("storage")
        && parts.get(1) instanceof StoredType type
        && parts.get(2) instanceof String key
        && parts.get(4) instanceof Long elements) {
      return TorchStorage.find(archive, type, key, elements);
    }
    throw error("the pickle refers to something that is no storage; the file is damaged");
  }

  /** torch: {@code _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, …)}. */
  private TorchTensor rebuildTensor(List<Object> arguments) {
    if (arguments.size() == 6
        && arguments.get(0) instanceof TorchStorage storage
        && arguments.get(1) instanceof Long offset
        && arguments.get(2) instanceof List<?> sizes
        && arguments.get(3) instanceof List<?> strides) {
      return storage.tensor(offset, longs(sizes), longs(strides));
    }
    throw error("a tensor is rebuilt from unknown arguments; save it again as safetensors");
  }

  private List<Long> longs(List<?> values) {
    return values.stream().map(this::toLong).toList();
  }

  private Long toLong(Object value) {
    if (value instanceof Long number) {
      return number;
    }
    throw error("a tensor's size or stride is no integer; the file is damaged");
  }

  private static String describe(Object callable) {
    return callable instanceof Callable name ? name.name().toLowerCase(Locale.ROOT) : "a value";
  }

  private CheckpointException error(String message) {
    return archive.file().error(message);
  }
}
