// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import java.util.List;

/** The languages that the bundled model knows. */
enum Language {
  ENGLISH {
    @Override
    List<String> names() {
      return Words.ENGLISH_NAMES;
    }

    @Override
    List<String> wordings() {
      return ENGLISH_WORDINGS;
    }

    @Override
    Language other() {
      return CHINESE;
    }
  },
  CHINESE {
    @Override
    List<String> names() {
      return Words.CHINESE_NAMES;
    }

    @Override
    List<String> wordings() {
      return CHINESE_WORDINGS;
    }

    @Override
    Language other() {
      return ENGLISH;
    }
  };

  private static final List<String> ENGLISH_WORDINGS =
      List.of(
          "%1$s would like %2$s %3$s %4$s, please.",
          "Please send %2$s %3$s %4$s to %1$s.",
          "My name is %1$s and I want %2$s %3$s %4$s.",
          "We need %2$s %3$s %4$s for %1$s.",
          "%1$s orders %4$s: %2$s, all of them %3$s.");
  private static final List<String> CHINESE_WORDINGS =
      List.of(
          "%1$s想买%2$s%5$s%3$s的%4$s。",
          "请给%1$s送%2$s%5$s%3$s的%4$s。",
          "我叫%1$s,要订%2$s%5$s%3$s的%4$s。",
          "%1$s的订单是%3$s的%4$s,要%2$s%5$s。",
          "%4$s%2$s%5$s,都要%3$s的,给%1$s。");

  /** Names of people. */
  abstract List<String> names();

  /** How an order is put; the first is the plainest. */
  abstract List<String> wordings();

  /** The other one. */
  abstract Language other();
}
