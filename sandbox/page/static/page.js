// The page's frame: clock, tabs, and asking the control room for what the open tab shows.
// One thing must hold: a room is drawn again only when what it shows has changed.

import { rooms } from "./rooms.js";
import { api, byId, order, tell } from "./tools.js";

// Typing and scrolling would be disturbed otherwise.
const drawn = new Map();

async function show(force = false) {
  const name = location.hash.slice(1) || "overview";
  const room = rooms[name] ?? rooms.overview;
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== name;
  for (const link of document.querySelectorAll("nav a")) link.classList.toggle("here", link.dataset.tab === name);
  try {
    showClock(await api.get("clock"));
    const state = await room.load();
    const shown = JSON.stringify(state);
    if (force || drawn.get(name) !== shown) room.draw(state);
    drawn.set(name, shown);
    await count();
  } catch (problem) {
    tell(problem.message);
  }
}

async function count() {
  const stats = await api.get("stats");
  const counts = { outbox: stats.mails, mailbox: stats.letters };
  for (const [name, number] of Object.entries(counts)) {
    document.querySelector(`[data-count="${name}"]`).textContent = number || "";
  }
}

function showClock(clock) {
  const moment = new Date(clock.now);
  const day = moment.toLocaleDateString("en-GB", { weekday: "short", timeZone: "UTC" });
  byId("now").textContent = `${day} ${clock.now.slice(0, 19).replace("T", " ")} UTC`;
  byId("mode").textContent = clock.mode === "running" ? `running ×${clock.speed}` : "standing still";
  byId("run").textContent = clock.mode === "running" ? "Pause" : "Run";
  byId("run").dataset.next = clock.mode === "running" ? "manual" : "running";
  byId("imap-port").textContent = clock.imap_port || "–";
}

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => order("clock", { advance_seconds: Number(button.dataset.advance) }));
}
byId("run").addEventListener("click", (event) => order("clock", { mode: event.target.dataset.next }));
window.addEventListener("hashchange", () => show(true));
window.addEventListener("changed", () => show(true));
show(true);
setInterval(() => document.hidden || show(), 2000);
