// Draws the desk from /bench/state and sends what a hand would do to /bench/do.
"use strict";
const by = (id) => document.getElementById(id);
const make = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};
const SEVERITY = { online: "good", busy: "good", starting: "warn", stopped: "warn" };
let language = "zh";
let newest = null;
const drawers = [];

async function act(driver, wish) {
  const answer = await fetch("/bench/do", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ driver, ...wish }),
  });
  const result = await answer.json();
  if (!result.ok) alert(result.error);
}

function buttons(box, plan) {
  plan.uses.forEach((label, number) => {
    const button = make("button", label);
    button.onclick = () => act(plan.driver, { use: number });
    box.querySelector(".uses").append(button);
  });
  const hands = [...plan.hands, { label: "拔线", line: "unplug" }, { label: "插回", line: "plug" }];
  for (const hand of hands) {
    const button = make("button", hand.label);
    button.onclick = () => act(plan.driver, { line: hand.line });
    box.querySelector(".hands").append(button);
  }
  for (const fault of plan.faults) {
    const button = make("button", fault.label);
    button.onclick = () =>
      act(plan.driver, { line: `${fault.name} ${button.classList.contains("on") ? fault.off : fault.on}` });
    box.querySelector(".faults").append(button);
    drawers.push((state) => button.classList.toggle("on", (state[plan.driver].active || []).includes(fault.label)));
  }
}

function severity(place) {
  if (place.waiting || place.missing) return "warn";
  if (place.paper === "out" || place.paper === "jam" || place.cover_open) return "bad";
  const level = SEVERITY[place.state] || "bad";
  return level === "good" && place.paper === "low" ? "warn" : level;
}

function tell(box, place) {
  const words = place.words ? place.words[language] : null;
  const waiting = place.missing ? `这里装不了：${place.missing}` : "正在准备…";
  box.className = `place ${severity(place)}`;
  box.querySelector(".citizen span").textContent = words ? words.citizen : waiting;
  box.querySelector(".staff").textContent = words ? words.staff : "";
  box.querySelector(".technician").textContent = words ? words.technician : "";
  const last = box.querySelector(".last");
  last.className = "last";
  last.textContent = place.busy ? "正在进行…" : "";
  if (!place.busy && place.last) {
    last.classList.add(place.last.ok ? "good" : "bad");
    last.textContent = `${place.last.ok ? "✓" : "×"} ${place.last.text}`;
    const more = [place.last.note, place.last[language === "zh" ? "citizen" : "citizen_en"]];
    for (const line of more) if (line) last.append(make("span", line, { class: "told" }));
  }
  for (const button of box.querySelectorAll(".uses button")) button.disabled = Boolean(place.busy || !words);
}

function look(box, plan) {
  const image = box.querySelector("img");
  const sound = box.querySelector("audio");
  let shown = null;
  let heard = 0;
  drawers.push((state) => {
    const place = state[plan.driver];
    tell(box, place);
    if (place.version && place.version !== shown) {
      shown = place.version;
      image.hidden = false;
      image.alt = plan.title;
      image.src = `/bench/picture/${plan.driver}.png?v=${encodeURIComponent(shown)}`;
    }
    if (place.heard && place.heard !== heard) {
      heard = place.heard;
      sound.hidden = false;
      sound.src = `/bench/heard.wav?v=${heard}`;
    }
  });
}

function draw(state) {
  newest = state;
  for (const each of drawers) each(state);
}

async function begin() {
  const plan = await (await fetch("/bench/plan")).json();
  for (const place of plan.places) {
    const box = by("place-template").content.cloneNode(true).firstElementChild;
    box.querySelector(".title").textContent = place.title;
    box.querySelector(".driver").textContent = place.driver;
    buttons(box, place);
    look(box, place);
    by("desk").append(box);
  }
  by("language").onclick = () => {
    language = language === "zh" ? "en" : "zh";
    by("language").textContent = language === "zh" ? "English words" : "看中文";
    if (newest) draw(newest);
  };
  const source = new EventSource("/bench/state");
  source.onmessage = (event) => { draw(JSON.parse(event.data)); by("contact").textContent = ""; };
  source.onerror = () => { by("contact").textContent = "演示已停止"; };
}
begin();
