// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import io.github.lora4j.LoraConfig;
import java.util.Random;

/** Strokes in small images: four directions, light on dark, and then dark on light. */
final class ImageTask implements BlockTask {
  private static final int SIZE = 12;
  private static final int LENGTH = 6;
  private static final float NOISE = 0.15f;

  /** One step right and down for each class: horizontal, vertical, falling, rising. */
  private static final int[][] DIRECTIONS = {{1, 0}, {0, 1}, {1, 1}, {1, -1}};

  @Override
  public String known() {
    return "strokes, light on dark";
  }

  @Override
  public String novel() {
    return "strokes, dark on light";
  }

  @Override
  public Block network() {
    return new SequentialBlock()
        .add(convolution(8))
        .add(Activation.reluBlock())
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(convolution(16))
        .add(Activation.reluBlock())
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(DIRECTIONS.length).build());
  }

  private static Block convolution(int filters) {
    return Conv2d.builder()
        .setKernelShape(new Shape(3, 3))
        .optPadding(new Shape(1, 1))
        .setFilters(filters)
        .build();
  }

  @Override
  public Shape[] inputShapes() {
    return new Shape[] {new Shape(1, 1, SIZE, SIZE)};
  }

  @Override
  public LoraConfig adapter(int rank) {
    return LoraConfig.builder()
        .rank(rank)
        .alpha(2 * rank)
        .targetModules("01Conv2d", "04Conv2d", "Linear")
        .build();
  }

  @Override
  public NDList draw(NDManager manager, Random random, boolean novel, int count) {
    float[] pixels = new float[count * SIZE * SIZE];
    long[] classes = new long[count];
    for (int image = 0; image < count; image++) {
      classes[image] = random.nextInt(DIRECTIONS.length);
      stroke(pixels, image, DIRECTIONS[(int) classes[image]], random);
    }
    for (int i = 0; i < pixels.length; i++) {
      float value = pixels[i] + NOISE * (float) random.nextGaussian();
      pixels[i] = novel ? 1 - value : value;
    }
    return new NDList(
        manager.create(pixels, new Shape(count, 1, SIZE, SIZE)),
        manager.create(classes, new Shape(count, 1)));
  }

  private static void stroke(float[] pixels, int image, int[] direction, Random random) {
    int right = random.nextInt(SIZE - LENGTH);
    int down = random.nextInt(SIZE - LENGTH) + (direction[1] < 0 ? LENGTH : 0);
    for (int step = 0; step < LENGTH; step++) {
      int row = down + step * direction[1];
      int column = right + step * direction[0];
      pixels[(image * SIZE + row) * SIZE + column] = 1;
    }
  }
}
