// OpenAI's own package against the server at BASE_URL; prints what it understood as JSON.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.env.BASE_URL}/v1`, apiKey: "none", maxRetries: 0 });
const messages = [
  { role: "system", content: "S" },
  { role: "user", content: "Hi" },
];
const chat = { model: "acme-french", messages, temperature: 0, max_completion_tokens: 14 };
const told = {};

told.models = (await client.models.list()).data.map((model) => model.id);

const whole = await client.chat.completions.create({ ...chat, logprobs: true, top_logprobs: 1 });
told.content = whole.choices[0].message.content;
told.finishReason = whole.choices[0].finish_reason;
told.totalTokens = whole.usage.total_tokens;
told.bytes = whole.choices[0].logprobs.content[0].bytes;

told.streamed = "";
const stream = await client.chat.completions.create({
  ...chat,
  stream: true,
  stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  told.streamed += chunk.choices[0]?.delta.content ?? "";
  told.streamedTokens = chunk.usage?.completion_tokens ?? 0;
}

const helper = client.chat.completions.stream({ ...chat });
told.helper = (await helper.finalChatCompletion()).choices[0].message.content;

const completion = await client.completions.create({ model: "base", prompt: "x", stop: ["|"] });
told.completion = completion.choices[0].text;
told.completionReason = completion.choices[0].finish_reason;

const stopped = await client.completions.create({
  model: "base",
  prompt: "x",
  max_tokens: 4000,
  stream: true,
});
for await (const chunk of stopped) {
  told.beforeStop = chunk.choices[0].text;
  stopped.controller.abort();
}

for (const [name, body] of Object.entries({
  unknownModel: { ...chat, model: "nobody" },
  severalAnswers: { ...chat, n: 2 },
})) {
  const error = await client.chat.completions.create(body).catch((thrown) => thrown);
  told[name] = [error.constructor.name, error.status, error.code, error.param];
}
const broken = await client.completions.create({ model: "base", prompt: "FAIL@2", stream: true });
try {
  for await (const chunk of broken) {
    told.beforeFailure = chunk.choices[0].text;
  }
} catch (error) {
  told.brokenStream = error.constructor.name;
}
console.log(JSON.stringify(told));
