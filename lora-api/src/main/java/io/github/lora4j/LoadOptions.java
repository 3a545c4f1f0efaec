package io.github.lora4j;

import ai.djl.Device;

/**
 * Where and how a checkpoint is loaded.
 *
 * @param device where the weights lie and the work is done
 */
public record LoadOptions(Device device) {
  /**
   * The CPU.
   *
   * @return the options
   */
  public static LoadOptions defaults() {
    return new LoadOptions(Device.cpu());
  }

  /**
   * Another device.
   *
   * @param device for example {@code Device.gpu()}
   * @return the options with it
   */
  public LoadOptions withDevice(Device device) {
    return new LoadOptions(device);
  }
}
