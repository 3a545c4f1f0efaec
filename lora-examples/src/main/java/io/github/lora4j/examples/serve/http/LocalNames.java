// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The names of one's own machine. A page of the web may let its own name point here and then talk
 * to a server that asks for no key; its requests carry that name as {@code Host}.
 */
final class LocalNames implements Predicate<String> {
  private static final Pattern LOCAL =
      Pattern.compile("(localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]{1,5})?");

  @Override
  public boolean test(String host) {
    return LOCAL.matcher(host.toLowerCase(Locale.ROOT)).matches();
  }
}
