// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript module whose parameters have names, written as {@code torch.jit.save} lays it out:
 * a stored zip of the code, of a pickle that says which tensors the modules hold, and of their
 * values.
 */
final class ScriptArchive {
  private static final String ROOT = "__torch__.Net";

  private final String forward;
  private final Map<String, Map<String, Tensor>> modules = new LinkedHashMap<>();
  private final Map<String, float[]> storages = new LinkedHashMap<>();

  /**
   * Begins without modules.
   *
   * @param forward the network's {@code forward(self, ...)}, TorchScript source indented by two
   */
  ScriptArchive(String forward) {
    this.forward = forward;
  }

  private record Tensor(String storage, Shape shape) {}

  /** Gives a module a parameter. */
  ScriptArchive parameter(String module, String name, float[] values, Shape shape) {
    String storage = String.valueOf(storages.size());
    storages.put(storage, values);
    return put(module, name, new Tensor(storage, shape));
  }

  /** Gives a module another's parameter, so that both have one. */
  ScriptArchive shared(String module, String name, String other) {
    return put(module, name, modules.get(other).get(name));
  }

  private ScriptArchive put(String module, String name, Tensor tensor) {
    modules.computeIfAbsent(module, m -> new LinkedHashMap<>()).put(name, tensor);
    return this;
  }

  /** Writes the archive. */
  void write(Path file) {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.setMethod(ZipOutputStream.STORED);
      store(zip, "net/version", ascii("10\n"));
      store(zip, "net/code/__torch__.py", ascii(code()));
      store(zip, "net/data.pkl", pickle());
      store(zip, "net/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
      for (Map.Entry<String, float[]> storage : storages.entrySet()) {
        store(zip, "net/data/" + storage.getKey(), littleEndian(storage.getValue()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String code() {
    StringBuilder code = new StringBuilder();
    StringBuilder attributes = new StringBuilder("  training : bool\n");
    modules.forEach(
        (module, parameters) -> {
          String names =
              parameters.keySet().stream().map("\"%s\", "::formatted).collect(Collectors.joining());
          code.append("class %s(Module):\n  __parameters__ = [%s]\n".formatted(module, names));
          code.append("  __buffers__ = []\n");
          parameters.keySet().forEach(name -> code.append("  %s : Tensor\n".formatted(name)));
          code.append("  training : bool\n");
          attributes.append("  %s : __torch__.%s\n".formatted(module, module));
        });
    code.append("class Net(Module):\n  __parameters__ = []\n  __buffers__ = []\n");
    return code.append(attributes).append(forward).append('\n').toString();
  }

  private byte[] pickle() {
    Pickle pickle = new Pickle();
    pickle.object(
        ROOT,
        () ->
            modules.forEach(
                (module, parameters) -> {
                  pickle.text(module);
                  pickle.object(
                      "__torch__." + module,
                      () ->
                          parameters.forEach(
                              (name, tensor) -> {
                                pickle.text(name);
                                pickle.tensor(tensor, storages.get(tensor.storage).length);
                              }));
                }));
    return pickle.end();
  }

  /** The opcodes of Python's pickle, protocol 2, that such an archive needs. */
  private static final class Pickle {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Map<Tensor, Integer> memo = new LinkedHashMap<>();

    Pickle() {
      bytes.writeBytes(new byte[] {(byte) 0x80, 2});
    }

    /** A new object of a class, which is in training, its other attributes put by a callback. */
    void object(String type, Runnable attributes) {
      int dot = type.lastIndexOf('.');
      global(type.substring(0, dot), type.substring(dot + 1));
      bytes.writeBytes(new byte[] {')', (byte) 0x81, '}', '('}); // EMPTY_TUPLE NEWOBJ EMPTY_DICT
      text("training");
      bytes.write(0x88); // NEWTRUE
      attributes.run();
      bytes.writeBytes(new byte[] {'u', 'b'}); // SETITEMS BUILD
    }

    /** A tensor, the same object each time. */
    void tensor(Tensor tensor, int length) {
      Integer known = memo.get(tensor);
      if (known != null) {
        bytes.writeBytes(new byte[] {'h', known.byteValue()}); // BINGET
        return;
      }
      newTensor(tensor, length);
      bytes.writeBytes(new byte[] {'q', (byte) memo.size()}); // BINPUT
      memo.put(tensor, memo.size());
    }

    /** {@code _rebuild_tensor_v2(storage, 0, shape, strides, requires_grad, hooks)}. */
    private void newTensor(Tensor tensor, int length) {
      global("torch._utils", "_rebuild_tensor_v2");
      bytes.writeBytes(new byte[] {'(', '('}); // MARK MARK
      text("storage");
      global("torch", "FloatStorage");
      text(tensor.storage);
      text("cpu");
      integer(length);
      bytes.writeBytes(new byte[] {'t', 'Q'}); // TUPLE BINPERSID
      integer(0);
      long[] shape = tensor.shape.getShape();
      tuple(shape);
      tuple(strides(shape));
      bytes.write(0x88); // NEWTRUE
      global("collections", "OrderedDict");
      bytes.writeBytes(new byte[] {')', 'R', 't', 'R'}); // EMPTY_TUPLE REDUCE TUPLE REDUCE
    }

    private static long[] strides(long[] shape) {
      long[] strides = new long[shape.length];
      long stride = 1;
      for (int i = shape.length - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= shape[i];
      }
      return strides;
    }

    private void tuple(long[] values) {
      bytes.write('(');
      for (long value : values) {
        integer(Math.toIntExact(value));
      }
      bytes.write('t');
    }

    private void global(String module, String name) {
      bytes.writeBytes(ascii("c" + module + "\n" + name + "\n"));
    }

    void text(String text) {
      bytes.write('X');
      number(text.length());
      bytes.writeBytes(ascii(text));
    }

    private void integer(int value) {
      bytes.write('J');
      number(value);
    }

    private void number(int value) {
      byte[] number = new byte[Integer.BYTES];
      ByteBuffer.wrap(number).order(ByteOrder.LITTLE_ENDIAN).putInt(value);
      bytes.writeBytes(number);
    }

    byte[] end() {
      bytes.write('.');
      return bytes.toByteArray();
    }
  }

  private static byte[] littleEndian(float[] values) {
    byte[] bytes = new byte[values.length * Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
