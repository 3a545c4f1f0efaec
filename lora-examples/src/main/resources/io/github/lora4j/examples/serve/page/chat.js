"use strict";

const byId = (id) => document.getElementById(id);
const KEY = "lora4j-key";
let turns = [];
let running = null;

function headers() {
  const key = sessionStorage.getItem(KEY);
  return {
    "Content-Type": "application/json",
    ...(key ? { Authorization: `Bearer ${key}` } : {}),
  };
}

async function failure(response) {
  const body = await response.json().catch(() => ({}));
  return new Error(body.error?.message ?? `The server answered ${response.status}`);
}

async function loadModels() {
  const response = await fetch("v1/models", { headers: headers() });
  byId("key-form").hidden = response.status !== 401;
  if (response.status === 401) {
    byId("key-label").textContent = sessionStorage.getItem(KEY)
      ? "This key is not accepted."
      : "This server asks for a key.";
    byId("key").focus();
    return;
  }
  if (!response.ok) {
    throw await failure(response);
  }
  const chosen = byId("model").value;
  const models = (await response.json()).data;
  byId("model").replaceChildren(
    ...models.map((model) => {
      const option = new Option(model.parent ? model.id : `${model.id} (base)`, model.id);
      option.selected = model.id === chosen;
      return option;
    })
  );
}

function addMessage(kind, text) {
  byId("empty").hidden = true;
  const message = document.createElement("div");
  message.className = `message ${kind}`;
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  bubble.textContent = text;
  message.append(bubble);
  byId("messages").append(message);
  message.scrollIntoView({ block: "end" });
  return message;
}

function complain(error) {
  addMessage("assistant error", error.message);
}

function addNote(message, text) {
  const note = document.createElement("p");
  note.className = "note";
  note.textContent = text;
  message.append(note);
}

/** The data of server-sent events, as objects; ends at [DONE]. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    pending += value;
    const lines = pending.split("\n");
    pending = lines.pop();
    for (const line of lines.filter((text) => text.startsWith("data: "))) {
      const data = line.slice("data: ".length);
      if (data === "[DONE]") {
        return;
      }
      yield JSON.parse(data);
    }
  }
}

function request() {
  const system = byId("system").value.trim();
  return {
    model: byId("model").value,
    messages: [...(system ? [{ role: "system", content: system }] : []), ...turns],
    temperature: Number(byId("temperature").value),
    max_completion_tokens: Number(byId("max-tokens").value),
    stream: true,
    stream_options: { include_usage: true },
  };
}

async function stream(message, signal) {
  const bubble = message.querySelector(".bubble");
  const messages = byId("messages");
  const start = performance.now();
  const told = { text: "", firstToken: 0, end: 0, tokens: 0, reason: "stop" };
  const response = await fetch("v1/chat/completions", {
    method: "POST",
    headers: headers(),
    body: JSON.stringify(request()),
    signal,
  });
  if (!response.ok) {
    throw await failure(response);
  }
  for await (const event of events(response.body)) {
    if (event.error) {
      throw new Error(event.error.message);
    }
    const choice = event.choices[0];
    const piece = choice?.delta.content ?? "";
    told.firstToken ||= piece ? performance.now() - start : 0;
    told.text += piece;
    told.reason = choice?.finish_reason ?? told.reason;
    told.tokens = event.usage?.completion_tokens ?? told.tokens;
    const atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 60;
    bubble.textContent = told.text;
    if (atEnd) {
      messages.scrollTop = messages.scrollHeight;
    }
  }
  told.end = performance.now() - start;
  return told;
}

function summary(model, told) {
  const seconds = (told.end - told.firstToken) / 1000;
  const rate = told.tokens > 1 && seconds > 0 ? `, ${Math.round((told.tokens - 1) / seconds)} tokens/s` : "";
  const cut = told.reason === "length" ? ", cut at the limit" : "";
  return `${model}: ${told.tokens} tokens, first after ${Math.round(told.firstToken)} ms${rate}${cut}`;
}

function setRunning(controller) {
  running = controller;
  byId("send").hidden = controller !== null;
  byId("stop").hidden = controller === null;
}

async function answer() {
  const model = byId("model").value;
  const message = addMessage("assistant running", "");
  const conversation = turns;
  setRunning(new AbortController());
  try {
    const told = await stream(message, running.signal);
    conversation.push({ role: "assistant", content: told.text });
    addNote(message, summary(model, told));
  } catch (error) {
    const said = message.querySelector(".bubble").textContent;
    if (error.name === "AbortError") {
      conversation.push({ role: "assistant", content: said });
      addNote(message, "stopped");
    } else {
      conversation.pop();
      message.classList.add("error");
      message.querySelector(".bubble").textContent = error.message;
    }
  } finally {
    message.classList.remove("running");
    setRunning(null);
    byId("text").focus();
  }
}

function fit() {
  const text = byId("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (!text || running || !byId("model").value) {
    return;
  }
  byId("text").value = "";
  fit();
  turns.push({ role: "user", content: text });
  addMessage("user", text);
  answer();
});

byId("text").addEventListener("input", fit);
byId("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("composer").requestSubmit();
  }
});

byId("stop").addEventListener("click", () => running?.abort());

byId("clear").addEventListener("click", () => {
  running?.abort();
  turns = [];
  byId("messages").replaceChildren(byId("empty"));
  byId("empty").hidden = false;
  byId("text").focus();
});

byId("settings-button").addEventListener("click", () => {
  const settings = byId("settings");
  settings.hidden = !settings.hidden;
  byId("settings-button").setAttribute("aria-expanded", String(!settings.hidden));
});

byId("temperature").addEventListener("input", () => {
  byId("temperature-value").textContent = Number(byId("temperature").value).toFixed(1);
});

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, byId("key").value.trim());
  byId("key").value = "";
  loadModels().catch(complain);
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    loadModels().catch(() => {});
  }
});

loadModels().catch(complain);
