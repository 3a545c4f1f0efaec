// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import com.google.gson.JsonArray;
import java.util.ArrayList;
import java.util.List;

/**
 * Values over steps, at most {@value #LIMIT} of them however long the run: from there on neighbours
 * are taken together, and a point is the mean of ever more steps.
 */
final class Curve {
  private static final int LIMIT = 2000;

  private final List<Point> points = new ArrayList<>();
  private int together = 1;
  private int pending;
  private double sumX;
  private double sumY;

  private record Point(double x, double y) {
    static Point between(Point a, Point b) {
      return new Point((a.x + b.x) / 2, (a.y + b.y) / 2);
    }
  }

  /** Adds a value; one that is no finite number leaves no point. */
  void add(double x, double y) {
    if (!Double.isFinite(y)) {
      return;
    }
    sumX += x;
    sumY += y;
    pending++;
    if (pending == together) {
      points.add(new Point(sumX / together, sumY / together));
      pending = 0;
      sumX = 0;
      sumY = 0;
    }
    if (points.size() == LIMIT) {
      halve();
    }
  }

  private void halve() {
    List<Point> halved = new ArrayList<>(LIMIT);
    for (int i = 0; i < LIMIT; i += 2) {
      halved.add(Point.between(points.get(i), points.get(i + 1)));
    }
    points.clear();
    points.addAll(halved);
    together *= 2;
  }

  int size() {
    return points.size();
  }

  /** Pairs of step and value. */
  JsonArray toJson() {
    JsonArray array = new JsonArray(points.size());
    for (Point point : points) {
      JsonArray pair = new JsonArray(2);
      pair.add(point.x);
      pair.add((float) point.y); // more digits than a picture shows
      array.add(pair);
    }
    return array;
  }
}
