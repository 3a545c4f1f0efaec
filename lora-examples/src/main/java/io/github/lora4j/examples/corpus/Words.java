// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import java.util.List;

/** The words the texts are made of. */
final class Words {
  private Words() {}

  static final List<String> ENGLISH_NAMES =
      List.of(
          "Anna", "Tom", "Lucy", "Ben", "Emma", "Jack", "Mary", "Paul", "Sara", "David", "Nina",
          "Oscar", "Julia", "Peter", "Alice", "Henry", "Clara", "Simon", "Laura", "Felix", "Helen",
          "Martin", "Rosa", "Victor", "Diana", "George", "Irene", "Louis", "Grace", "Edward",
          "Sofia", "Oliver");

  static final List<String> CHINESE_NAMES =
      List.of(
          "小明", "小红", "小刚", "小丽", "小华", "小芳", "小军", "小美", "王伟", "王芳", "李强", "李娜", "张勇", "张静", "刘洋",
          "刘敏", "陈杰", "陈霞", "杨磊", "杨雪", "赵鹏", "赵琳", "周涛", "周燕");

  static final List<Noun> ITEMS =
      List.of(
          new Noun("apple", "apples", "苹果", "个"),
          new Noun("pear", "pears", "梨", "个"),
          new Noun("melon", "melons", "西瓜", "个"),
          new Noun("ball", "balls", "球", "个"),
          new Noun("cup", "cups", "杯子", "个"),
          new Noun("box", "boxes", "箱子", "个"),
          new Noun("bag", "bags", "书包", "个"),
          new Noun("lamp", "lamps", "台灯", "个"),
          new Noun("plate", "plates", "盘子", "个"),
          new Noun("candle", "candles", "蜡烛", "支"),
          new Noun("pencil", "pencils", "铅笔", "支"),
          new Noun("brush", "brushes", "毛笔", "支"),
          new Noun("book", "books", "书", "本"),
          new Noun("notebook", "notebooks", "日记", "本"),
          new Noun("shirt", "shirts", "衬衫", "件"),
          new Noun("coat", "coats", "大衣", "件"),
          new Noun("dress", "dresses", "裙子", "条"),
          new Noun("scarf", "scarves", "围巾", "条"),
          new Noun("towel", "towels", "毛巾", "条"),
          new Noun("chair", "chairs", "椅子", "把"),
          new Noun("umbrella", "umbrellas", "雨伞", "把"),
          new Noun("table", "tables", "桌子", "张"),
          new Noun("carpet", "carpets", "地毯", "张"),
          new Noun("bicycle", "bicycles", "自行车", "辆"));

  static final List<Pair> COLORS =
      List.of(
          new Pair("red", "红色"),
          new Pair("green", "绿色"),
          new Pair("blue", "蓝色"),
          new Pair("yellow", "黄色"),
          new Pair("white", "白色"),
          new Pair("black", "黑色"),
          new Pair("brown", "棕色"),
          new Pair("pink", "粉色"),
          new Pair("purple", "紫色"),
          new Pair("orange", "橙色"));

  /** Numbers from two, as both languages count things. */
  static final List<Pair> NUMBERS =
      List.of(
          new Pair("two", "两"),
          new Pair("three", "三"),
          new Pair("four", "四"),
          new Pair("five", "五"),
          new Pair("six", "六"),
          new Pair("seven", "七"),
          new Pair("eight", "八"),
          new Pair("nine", "九"),
          new Pair("ten", "十"),
          new Pair("eleven", "十一"),
          new Pair("twelve", "十二"));

  /** Capitals and their countries. */
  static final List<Capital> CAPITALS =
      List.of(
          new Capital("Paris", "France", "巴黎", "法国"),
          new Capital("London", "England", "伦敦", "英国"),
          new Capital("Rome", "Italy", "罗马", "意大利"),
          new Capital("Madrid", "Spain", "马德里", "西班牙"),
          new Capital("Berlin", "Germany", "柏林", "德国"),
          new Capital("Beijing", "China", "北京", "中国"),
          new Capital("Tokyo", "Japan", "东京", "日本"),
          new Capital("Moscow", "Russia", "莫斯科", "俄罗斯"),
          new Capital("Cairo", "Egypt", "开罗", "埃及"),
          new Capital("Athens", "Greece", "雅典", "希腊"),
          new Capital("Vienna", "Austria", "维也纳", "奥地利"),
          new Capital("Delhi", "India", "德里", "印度"));

  static final List<Animal> ANIMALS =
      List.of(
          new Animal(new Pair("cat", "猫"), new Pair("house", "家里")),
          new Animal(new Pair("dog", "狗"), new Pair("yard", "院子里")),
          new Animal(new Pair("fish", "鱼"), new Pair("river", "河里")),
          new Animal(new Pair("bird", "鸟"), new Pair("tree", "树上")),
          new Animal(new Pair("horse", "马"), new Pair("stable", "马棚里")),
          new Animal(new Pair("bear", "熊"), new Pair("forest", "森林里")),
          new Animal(new Pair("camel", "骆驼"), new Pair("desert", "沙漠里")),
          new Animal(new Pair("whale", "鲸鱼"), new Pair("sea", "海里")));

  static final List<Opposites> OPPOSITES =
      List.of(
          new Opposites("big", "small", "大", "小"),
          new Opposites("hot", "cold", "热", "冷"),
          new Opposites("old", "new", "旧", "新"),
          new Opposites("long", "short", "长", "短"),
          new Opposites("fast", "slow", "快", "慢"),
          new Opposites("high", "low", "高", "低"),
          new Opposites("open", "closed", "开", "关"),
          new Opposites("full", "empty", "满", "空"));

  /** A word in English and in Chinese. */
  record Pair(String english, String chinese) {}

  /** A capital and its country. */
  record Capital(String city, String country, String cityChinese, String countryChinese) {}

  /** An animal and where it lives. */
  record Animal(Pair name, Pair home) {}

  /** Two words that mean the opposite of each other. */
  record Opposites(String one, String other, String oneChinese, String otherChinese) {}

  /** The number a word of {@link #NUMBERS} stands for. */
  static int valueOf(Pair number) {
    return 2 + NUMBERS.indexOf(number);
  }
}
