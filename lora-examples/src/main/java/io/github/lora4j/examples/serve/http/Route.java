// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.vertx.core.http.HttpMethod;

/**
 * An address and what is done there.
 *
 * @param method GET or POST
 * @param path the path; one that ends with a slash stands for all below it
 * @param door who may come in
 * @param action what is done; of a POST on a thread that may wait, of a GET on the event loop
 */
record Route(HttpMethod method, String path, Door door, Action action) {
  /** Who may come in. */
  enum Door {
    /** Everyone: nothing is told that is anyone's. */
    OPEN,
    /** Those with a key, where keys are asked for. */
    KEY
  }

  static Route open(String path, Action action) {
    return new Route(HttpMethod.GET, path, Door.OPEN, action);
  }

  static Route get(String path, Action action) {
    return new Route(HttpMethod.GET, path, Door.KEY, action);
  }

  static Route post(String path, Action action) {
    return new Route(HttpMethod.POST, path, Door.KEY, action);
  }

  boolean isAt(String requested) {
    return requested.equals(path)
        || (path.length() > 1 && path.endsWith("/") && requested.startsWith(path));
  }

  boolean hasBody() {
    return method.equals(HttpMethod.POST);
  }
}
