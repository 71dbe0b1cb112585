// What each tab loads and draws.
// One thing must hold: drawing depends on the loaded state and on what is selected, on nothing else.

import { api, byId, h, order, when } from "./tools.js";

const BAD = new Set(["hardBounces", "softBounces", "blocked", "invalid", "error", "spam", "unsubscribed"]);
const selected = { mail: null, letter: null };

function panel(title, counts, shown = (value) => value) {
  const rows = Object.entries(counts).map(([name, value]) => h("tr", {}, h("td", {}, name || "–"), h("td", {}, String(shown(value)))));
  return h("div", { class: "panel" }, h("h3", {}, title), h("table", {}, ...rows));
}

function drawOverview(stats) {
  const events = stats.events;
  const bounced = (events.hardBounces ?? 0) + (events.softBounces ?? 0);
  const spent = Object.values(stats.spent_usd).reduce((sum, usd) => sum + usd, 0);
  const cards = [
    ["Mails accepted", stats.mails],
    ["Delivered", events.delivered ?? 0],
    ["Bounced", bounced],
    ["Opened", events.opened ?? 0],
    ["Clicks", events.clicks ?? 0],
    ["Unsubscribed", events.unsubscribed ?? 0],
    ["Letters received", stats.letters],
    ["Spent on models", `$${spent.toFixed(4)}`],
  ];
  byId("cards").replaceChildren(...cards.map(([name, value]) => h("div", { class: "card" }, h("b", {}, String(value)), h("span", {}, name))));
  const tables = Object.entries(stats.requests).map(([service, counts]) => panel(`${service}: requests`, counts));
  if (Object.keys(stats.statuses).length) {
    const codes = Object.entries(stats.statuses).flatMap(([service, counts]) => Object.entries(counts).map(([code, number]) => [`${service} ${code}`, number]));
    tables.push(panel("Answers by status", Object.fromEntries(codes)));
  }
  if (Object.keys(stats.spent_usd).length) tables.push(panel("Cost", stats.spent_usd, (usd) => `$${usd.toFixed(6)}`));
  byId("tables").replaceChildren(...(tables.length ? tables : [h("p", { class: "empty" }, "Nobody has asked for anything yet.")]));
}

function drawBase({ tables }) {
  const table = tables[0];
  const wanted = byId("base-filter").value.toLowerCase();
  const fits = (record) => !wanted || JSON.stringify(record.fields).toLowerCase().includes(wanted);
  const records = table.records.filter(fits);
  byId("table-name").textContent = table.name;
  byId("base-count").textContent = `${records.length} of ${table.count} records`;
  const head = h("tr", {}, ...table.fields.map((field) => h("th", {}, field.name, h("small", {}, field.type))));
  const cell = (value) => (value === true ? "✓" : value == null ? "" : Array.isArray(value) ? value.join(", ") : String(value));
  const rows = records.map((record) => h("tr", { title: record.id }, ...table.fields.map((field) => h("td", { title: cell(record.fields[field.name]) }, cell(record.fields[field.name])))));
  byId("grid").replaceChildren(h("thead", {}, head), h("tbody", {}, ...rows));
}

function pill(event) {
  const tone = BAD.has(event) ? "bad" : event === "delivered" ? "good" : event === "requests" ? "warn" : "";
  return h("span", { class: `pill ${tone}` }, event);
}

function drawOutbox(state) {
  const mails = state.mails;
  if (!mails.some((mail) => mail.message_id === selected.mail)) selected.mail = mails[0]?.message_id ?? null;
  const items = mails.map((mail) => {
    const last = mail.events.at(-1)?.event;
    const pick = () => { selected.mail = mail.message_id; drawOutbox(state); };
    return h("li", { class: mail.message_id === selected.mail ? "here" : "", onclick: pick },
      h("div", { class: "row" }, h("b", {}, mail.to.map((to) => to.name || to.email).join(", ")), h("time", {}, when(mail.at))),
      h("p", {}, mail.subject), last ? pill(last) : null, ...mail.tags.map((tag) => h("span", { class: "muted" }, ` ${tag}`)));
  });
  byId("mails").replaceChildren(...(items.length ? items : [h("li", { class: "empty" }, "No mail has been accepted yet.")]));
  const mail = mails.find((one) => one.message_id === selected.mail);
  byId("mail").replaceChildren(...(mail ? mailParts(mail) : []));
}

function mailParts(mail) {
  const facts = [
    ["From", `${mail.from.name} <${mail.from.email}>`],
    ["To", mail.to.map((to) => `${to.name} <${to.email}>`).join(", ")],
    ["Subject", mail.subject],
    ["Message", mail.message_id],
    ...Object.entries(mail.headers),
  ];
  const locked = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; img-src data:">';
  const frame = h("iframe", { sandbox: true, title: "The mail as it looks", srcdoc: locked + mail.html });
  const events = mail.events.map((event) => h("li", { class: `${BAD.has(event.event) ? "bad" : ""} ${event.visible ? "" : "unseen"}` },
    h("time", {}, when(event.at)), event.event, event.link ? ` ${event.link}` : "", event.reason ? h("span", { class: "muted" }, ` ${event.reason}`) : null));
  const list = h("dl", {}, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
  return [list, frame, h("ol", { class: "timeline" }, ...events)];
}

function drawMailbox(state) {
  const letters = state.letters;
  if (!letters.some((letter) => letter.uid === selected.letter)) selected.letter = letters[0]?.uid ?? null;
  const items = letters.map((letter) => {
    const pick = () => { selected.letter = letter.uid; drawMailbox(state); };
    return h("li", { class: letter.uid === selected.letter ? "here" : "", onclick: pick },
      h("div", { class: "row" }, h("b", {}, letter.from), h("time", {}, when(letter.at))), h("p", {}, letter.subject),
      letter.automatic ? h("span", { class: "pill warn" }, letter.automatic) : null);
  });
  byId("letters").replaceChildren(...(items.length ? items : [h("li", { class: "empty" }, "Nobody has answered yet.")]));
  const letter = letters.find((one) => one.uid === selected.letter);
  const facts = letter ? [["From", letter.from], ["To", letter.to], ["Subject", letter.subject], ["Answers", letter.in_reply_to]] : [];
  byId("letter").replaceChildren(h("dl", {}, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])), h("pre", {}, letter?.text ?? ""));
}

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre", text_link: "u" };

function formatted(text, entities = []) {
  const parts = [];
  let place = 0;
  for (const entity of entities) {
    if (!TAGS[entity.type] || entity.offset < place) continue;
    parts.push(text.slice(place, entity.offset), h(TAGS[entity.type], { title: entity.url }, text.slice(entity.offset, entity.offset + entity.length)));
    place = entity.offset + entity.length;
  }
  return [...parts, text.slice(place)];
}

function drawBot({ messages }) {
  const bubbles = messages.map((message) => {
    const keys = (message.reply_markup?.inline_keyboard ?? []).flat().map((key) =>
      h("button", { type: "button", onclick: () => order("telegram", { press: key.callback_data ?? "", message_id: message.message_id }) }, key.text));
    const photo = message.photo?.[0]?.file_id;
    const file = `/telegram/file/bot${document.body.dataset.botToken}/documents/${photo}`;
    return h("li", { class: message.from.is_bot ? "bubble" : "bubble mine" },
      photo ? h("img", { src: file, alt: "Photo" }) : null,
      message.document ? h("div", {}, `📎 ${message.document.file_name}`) : null,
      ...formatted(message.text ?? message.caption ?? "", message.entities ?? message.caption_entities),
      keys.length ? h("div", { class: "keys" }, ...keys) : null,
      h("time", {}, when(new Date(message.date * 1000).toISOString())));
  });
  const list = byId("messages");
  list.replaceChildren(...(bubbles.length ? bubbles : [h("li", { class: "empty" }, "The chat is empty. Write something to the bot.")]));
  list.scrollTop = list.scrollHeight;
}

function drawFaults({ faults }) {
  const groups = Map.groupBy(faults, (fault) => fault.name.split(".")[0]);
  byId("fault-groups").replaceChildren(...[...groups].flatMap(([service, members]) => [
    h("h3", { class: "group" }, service), h("div", { class: "rows" }, ...members.map(faultLine))]));
}

function faultLine(fault) {
  const armed = fault.armed;
  const settings = { count: armed?.left ?? "", probability: armed?.probability ?? 1, match: armed?.match ?? "", value: armed?.value ?? "" };
  const field = (name, kind, label, wide) => h("input", { name, type: kind, step: "any", value: settings[name], placeholder: label, title: label, "aria-label": label, class: wide ? "wide" : "" });
  const flip = (event) => {
    const line = event.target.closest(".line");
    if (!event.target.checked) return order("faults", { disarm: fault.name });
    const given = Object.fromEntries([...line.querySelectorAll(".settings input")].map((input) => [input.name, input.value]));
    const body = { name: fault.name, probability: Number(given.probability || 1), match: given.match };
    if (given.count) body.count = Number(given.count);
    if (given.value) body.value = Number(given.value);
    return order("faults", body);
  };
  return h("div", { class: armed ? "line on" : "line" },
    h("input", { type: "checkbox", class: "toggle", checked: Boolean(armed), onchange: flip, "aria-label": fault.name }),
    h("code", {}, fault.name), h("span", {}, fault.sentence, fault.struck ? h("span", { class: "muted" }, ` struck ${fault.struck}×`) : null),
    h("span", { class: "settings" }, field("count", "number", "times"), field("probability", "number", "chance"), field("match", "text", "only where", true), field("value", "number", "value")));
}

function drawSwitches({ switches }) {
  byId("switch-list").replaceChildren(h("div", { class: "rows" }, ...switches.map((entry) => {
    const change = (event) => {
      const raw = event.target.value;
      const value = typeof entry.value === "number" ? Number(raw) : typeof entry.value === "boolean" ? raw === "true" : raw;
      return order("switches", { [entry.name]: value });
    };
    const input = entry.choices.length
      ? h("select", { onchange: change, "aria-label": entry.name }, ...entry.choices.map((choice) => h("option", { value: String(choice), selected: choice === entry.value }, String(choice))))
      : h("input", { value: entry.value, onchange: change, type: typeof entry.value === "number" ? "number" : "text", step: "any", "aria-label": entry.name });
    return h("div", { class: "line plain" }, h("code", {}, entry.name), h("span", {}, entry.sentence), input);
  })));
}

export const rooms = {
  overview: { load: () => api.get("stats"), draw: drawOverview },
  base: { load: () => api.get("base?limit=1000"), draw: drawBase },
  outbox: { load: () => api.get("outbox?limit=200"), draw: drawOutbox },
  mailbox: { load: () => api.get("mailbox?limit=200"), draw: drawMailbox },
  bot: { load: () => api.get("chat"), draw: drawBot },
  faults: { load: () => api.get("faults"), draw: drawFaults },
  switches: { load: () => api.get("switches"), draw: drawSwitches },
};

byId("base-filter").addEventListener("input", async () => drawBase(await rooms.base.load()));
byId("disarm").addEventListener("click", () => order("faults", { disarm: true }));
byId("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = event.target.elements.text;
  if (input.value.trim()) order("telegram", { text: input.value.trim() });
  input.value = "";
});
