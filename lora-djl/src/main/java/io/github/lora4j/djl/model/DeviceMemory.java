// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.plan.MemoryLimit;
import java.lang.management.ManagementFactory;

/** What memory a device has. */
final class DeviceMemory {
  private DeviceMemory() {}

  static MemoryLimit of(Device device) {
    return device.isGpu() ? ofGpu(device) : ofMachine();
  }

  /** In a container, what the container may take. */
  private static MemoryLimit ofMachine() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new MemoryLimit(system.getTotalMemorySize(), "physical memory");
  }

  private static MemoryLimit ofGpu(Device device) {
    if (device.getDeviceId() >= CudaUtils.getGpuCount()) {
      throw new ConfigurationException(
          "MemoryPlanner: there is no %s on this machine; give the memory it has as a limit"
              .formatted(device));
    }
    return new MemoryLimit(CudaUtils.getGpuMemory(device).getMax(), "memory of " + device);
  }
}
