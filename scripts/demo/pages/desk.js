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
const MARKS = { good: "✓", warn: "!", bad: "×" };
const DID_SHOWN_MS = 4000;
let newest = null;
const drawers = []; // each draws one thing of the newest state
const sayers = []; // each says one thing in the language of now

async function act(box, driver, wish, label) {
  const answer = await fetch("/bench/do", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ driver, ...wish }),
  });
  const result = await answer.json();
  if (result.ok && "use" in wish) return; // its outcome tells more
  const did = box.querySelector(".did");
  did.textContent = result.ok ? `✓ ${label}` : `× ${say("failed")}: ${result.error}`;
  did.classList.toggle("bad", !result.ok);
  clearTimeout(did.timer);
  if (result.ok) did.timer = setTimeout(() => { did.textContent = ""; }, DID_SHOWN_MS);
}

// A button named by `label()`, which does `wish()` at the peripheral.
function press(box, row, driver, label, wish) {
  const button = make("button", "");
  button.onclick = () => act(box, driver, wish(), label());
  sayers.push(() => { button.textContent = label(); });
  row.append(button);
  return button;
}

function hands(box, plan) {
  const [often, seldom] = box.querySelectorAll(".hands");
  for (const hand of plan.hands) {
    const label = () => (language === "zh" ? hand.label : typed(hand.line));
    const button = press(box, hand.more ? seldom : often, plan.driver, label, () => ({ line: hand.line }));
    sayers.push(() => { if (hand.note && language === "zh") button.append(" ", make("small", hand.note)); });
    if (hand.line.startsWith("lay ")) drawers.push((state) => toggle(button, "laid", state[plan.driver].laid === hand.line));
  }
  box.querySelector(".seldom").hidden = !seldom.hasChildNodes();
}

function toggle(button, name, on) {
  button.classList.toggle(name, on);
  button.setAttribute("aria-pressed", on);
}

function faults(box, plan) {
  const { driver } = plan;
  for (const fault of plan.faults) {
    const label = () => (language === "zh" ? fault.label : typed(fault.name));
    const on = () => (newest[driver].active || []).includes(fault.label);
    const button = press(box, box.querySelector(".faults"), driver, label,
      () => ({ line: `${fault.name} ${on() ? fault.off : fault.on}` }));
    drawers.push(() => toggle(button, "on", on()));
  }
  const row = box.querySelector(".cable");
  const pull = press(box, row, driver, () => say("unplug"), () => ({ line: "unplug" }));
  const back = press(box, row, driver, () => say("plug"), () => ({ line: "plug" }));
  const well = make("button", "");
  well.onclick = async () => {
    const { active, plugged, laid } = newest[driver];
    const lines = plan.faults.filter((fault) => active.includes(fault.label)).map((fault) => `${fault.name} ${fault.off}`);
    if (!plugged) lines.push("plug");
    if (laid) lines.push("lift"); // a reader forgets its trouble with a card when that is gone
    for (const line of lines) await act(box, driver, { line }, say("restore"));
  };
  sayers.push(() => { well.textContent = say("restore"); });
  row.append(well);
  drawers.push((state) => {
    const { plugged, active, laid } = state[driver];
    pull.disabled = plugged !== true;
    back.disabled = plugged !== false;
    well.disabled = plugged === undefined || (plugged && !active.length && !laid);
  });
}

function severity(place) {
  if (place.waiting || place.missing) return "warn";
  if (place.paper === "out" || place.paper === "jam" || place.cover_open) return "bad";
  const level = SEVERITY[place.state] || "bad";
  return level === "good" && place.paper === "low" ? "warn" : level;
}

function tell(box, place) {
  const words = place.words ? place.words[language] : {};
  const waiting = place.missing ? say("missing") : say("preparing");
  box.className = `place ${severity(place)}`;
  box.querySelector(".citizen span").textContent = words.citizen || waiting;
  box.querySelector(".staff").textContent = words.staff || "";
  box.querySelector(".technician").textContent = words.technician || "";
  const detail = place.missing || (place.detail && place.detail[language]) || "";
  box.querySelector(".shown > dl dd.detail").textContent = detail;
  for (const each of box.querySelectorAll(".shown > dl .detail")) each.hidden = !detail;
  for (const button of box.querySelectorAll(".uses button")) button.disabled = Boolean(place.busy || !place.words);
}

// The outcome of the last use; while one is under way, what to do now and for how long it has been.
function lastUse(box, plan) {
  const last = box.querySelector(".last");
  let since = 0;
  let ticking = 0;
  let told = "";
  const tick = () => {
    const seconds = Math.floor((Date.now() - since) / 1000);
    last.textContent = `${WORDS[language].working[plan.kind]} … ${say("seconds")(seconds)}`;
  };
  drawers.push((state) => {
    const place = state[plan.driver];
    const now = JSON.stringify([language, place.busy, place.last]);
    if (now === told) return; // a status that is written anew is read out anew
    told = now;
    clearInterval(ticking);
    last.className = "last";
    last.textContent = "";
    if (place.busy) {
      since = Date.now();
      last.classList.add("busy");
      tick();
      ticking = setInterval(tick, 1000);
    } else if (place.last) {
      outcome(last, place.last);
    }
  });
}

function outcome(last, { level, text, words, detail }) {
  last.classList.add(level);
  last.append(make("h3", say("lately")), make("strong", `${MARKS[level]} ${text[language]}`));
  const list = make("dl", "");
  for (const who of ["citizen", "staff", "technician"]) {
    const sentence = words && words[language][who];
    if (sentence) list.append(make("dt", say(who)), make("dd", sentence));
  }
  if (detail[language]) list.append(make("dt", say("detail")), make("dd", detail[language], { class: "detail" }));
  last.append(list);
}

function look(box, plan) {
  const link = box.querySelector(".seen a");
  const image = link.querySelector("img");
  const sound = box.querySelector("audio");
  let shown = null;
  let heard = 0;
  box.querySelector(".seen").classList.add(plan.kind);
  drawers.push((state) => {
    const place = state[plan.driver];
    tell(box, place);
    box.querySelector(".title").textContent = plan.title[language] + (place.plugged === false ? ` · ${say("unplugged")}` : "");
    if (place.version && place.version !== shown) {
      shown = place.version;
      link.hidden = false;
      image.alt = plan.title[language];
      image.src = link.href = `/bench/picture/${plan.driver}.png?v=${encodeURIComponent(shown)}`;
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

function sayAll() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = say("page");
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const did of document.querySelectorAll(".did")) did.textContent = "";
  for (const each of sayers) each();
  if (newest) draw(newest);
}

async function begin() {
  const plan = await (await fetch("/bench/plan")).json();
  for (const place of plan.places) {
    const box = by("place-template").content.cloneNode(true).firstElementChild;
    box.querySelector(".driver").textContent = place.driver;
    place.uses.zh.forEach((_, number) => {
      press(box, box.querySelector(".uses"), place.driver, () => place.uses[language][number], () => ({ use: number }));
    });
    hands(box, place);
    faults(box, place);
    look(box, place);
    lastUse(box, place);
    by("desk").append(box);
  }
  by("language").onclick = () => {
    language = language === "zh" ? "en" : "zh";
    localStorage.setItem("language", language);
    sayAll();
  };
  sayAll();
  const source = new EventSource("/bench/state");
  source.onmessage = (event) => { draw(JSON.parse(event.data)); by("contact").textContent = ""; };
  source.onerror = () => { by("contact").textContent = say("stopped"); };
}
begin();
