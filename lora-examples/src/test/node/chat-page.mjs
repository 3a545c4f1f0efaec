// The chat page of the server at BASE_URL, and of one with keys at KEYS_URL, in CHROMIUM; prints
// what was seen as JSON and leaves pictures in PICTURES.
import { chromium } from "playwright-core";

const { BASE_URL, KEYS_URL, KEY, CHROMIUM, PICTURES } = process.env;
const told = { complaints: [] };
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});

async function open(url, options) {
  const page = await browser.newPage(options);
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("status of")) {
      told.complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => told.complaints.push(String(error)));
  page.setDefaultTimeout(15000);
  await page.goto(url);
  return page;
}

async function say(page, text) {
  const answers = await page.locator(".message.assistant").count();
  await page.fill("#text", text);
  await page.press("#text", "Enter");
  return page.locator(".message.assistant").nth(answers);
}

async function answered(message) {
  await message.locator(".note").waitFor({ timeout: 10000 });
  return message.locator(".bubble").textContent();
}

process.on("uncaughtExceptionMonitor", () => console.error(JSON.stringify(told)));

const picture = (page, name) => page.screenshot({ path: `${PICTURES}/${name}.png` });

const page = await open(BASE_URL, { viewport: { width: 1000, height: 720 } });
await page.locator("#model option").nth(3).waitFor({ state: "attached" });
told.models = await page.locator("#model option").allTextContents();
await page.selectOption("#model", "acme-french");
await page.click("#settings-button");
await page.fill("#system", "Be brief");
await page.fill("#max-tokens", "39");
told.first = await answered(await say(page, "Bonjour"));
await picture(page, "settings");
await page.click("#settings-button");

// What a model says is text, whatever it is.
await page.click("#clear");
told.markup = (await answered(await say(page, "<img src=x onerror=alert(1)>"))).includes("<img");
told.images = await page.locator("#messages img").count();

const running = await say(page, "and now a long one");
await page.locator("#stop").waitFor();
await running.locator(".bubble", { hasText: "acme" }).waitFor();
await page.click("#stop");
await running.locator(".note", { hasText: "stopped" }).waitFor();
told.sendIsBack = await page.locator("#send").isVisible();

const failed = await say(page, "FAIL@3");
await page.locator(".message.error").waitFor();
told.error = await failed.locator(".bubble").textContent();
await picture(page, "light");
await page.click("#clear");
told.messagesAfterClear = await page.locator(".message").count();

const phone = await open(BASE_URL, {
  viewport: { width: 360, height: 700 },
  colorScheme: "dark",
  deviceScaleFactor: 2,
});
await phone.locator("#model option").nth(3).waitFor({ state: "attached" });
await phone.click("#settings-button");
await phone.fill("#max-tokens", "30");
await picture(phone, "phone-settings");
await phone.click("#settings-button");
const wide = await say(phone, "A message that is longer than a phone is wide, with aVeryLongWord".padEnd(120, "x"));
await picture(phone, "phone");
await answered(wide);
await picture(phone, "phone");
told.overflow = await phone.evaluate(
  () => document.documentElement.scrollWidth - document.documentElement.clientWidth
);

const guarded = await open(KEYS_URL);
await guarded.locator("#key-form").waitFor();
await picture(guarded, "key");
await guarded.fill("#key", "wrong");
await guarded.press("#key", "Enter");
await guarded.locator("#key-label", { hasText: "not accepted" }).waitFor();
await guarded.fill("#key", KEY);
await guarded.press("#key", "Enter");
await guarded.locator("#model option").first().waitFor({ state: "attached" });
told.modelsOfTheKey = await guarded.locator("#model option").allTextContents();
told.keyFormIsGone = !(await guarded.locator("#key-form").isVisible());

await browser.close();
console.log(JSON.stringify(told));
