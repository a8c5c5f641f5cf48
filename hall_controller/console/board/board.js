// The TV board: draws what /board/events says. Made to run for weeks: nothing is ever added that
// is not also taken away, and a board of an older version reloads itself.
"use strict";

const SILENCE_MS = 10000; // no beat for so long: the numbers are no longer to be trusted
const FRESH_MS = 20000; // an older call is not chimed, for instance after a reconnect
const version = document.querySelector("meta[name=board-version]").content;
const byId = (id) => document.getElementById(id);

let source = null;
let heardAt = performance.now();
let clockSkewMs = 0; // hall's clock minus ours
let topCall; // undefined until the first picture, then the newest call or null
let notices = [];
let noticeAt = 0;
let audio = null;
let audioWaits = false; // for the browser's leave to make a sound

function connect() {
  if (source) source.close();
  source = new EventSource("/board/events");
  source.addEventListener("hello", onHello);
  source.addEventListener("board", (e) => { heard(); draw(JSON.parse(e.data)); });
  source.addEventListener("beat", onBeat);
  source.onerror = () => setLost(true);
}

function onHello(e) {
  heard();
  if (JSON.parse(e.data).version !== version) location.reload();
}

function onBeat(e) {
  heard();
  const beat = JSON.parse(e.data);
  clockSkewMs = beat.now_ms - Date.now();
  setLost(!beat.alive);
}

function heard() { heardAt = performance.now(); }

function setLost(lost) {
  document.body.classList.toggle("lost", lost);
  byId("contact").lastElementChild.textContent = lost ? "信号中断" : "实时更新";
}

function draw(board) {
  document.title = board.hall;
  byId("hall").textContent = board.hall;
  drawCalls(board.calls);
  drawQueues(board.queues);
  if (board.notices.join("\n") !== notices.join("\n")) { notices = board.notices; showNotice(0); }
  document.body.classList.add("known");
}

function drawCalls(calls) {
  const newest = calls.length ? calls[0] : null;
  const fresh = topCall !== undefined && newest !== null && isNewer(newest, topCall);
  if (!sameRows(calls)) {
    byId("calls").replaceChildren(...calls.map((call, i) => row(call, i === 0, i === 0 && fresh)));
  }
  document.body.classList.toggle("empty", calls.length === 0);
  topCall = newest;
  if (fresh) chime();
}

// A call that became the newest only because a newer one was taken back is not announced again.
function isNewer(call, before) {
  const later = before === null || (call.id !== before.id && call.at_ms >= before.at_ms);
  return later && Date.now() + clockSkewMs - call.at_ms < FRESH_MS;
}

function sameRows(calls) {
  const rows = [...byId("calls").children];
  return rows.length === calls.length && rows.every((r, i) => r.dataset.callId === calls[i].id);
}

function row(call, newest, flash) {
  const li = document.createElement("li");
  li.className = "call" + (newest ? " newest" : "") + (flash ? " flash" : "");
  li.dataset.testid = "board-call";
  li.dataset.callId = call.id;
  li.dataset.number = call.number;
  const window_ = span("window", call.window);
  window_.style.setProperty("--chars", Math.max(4, call.window.length));
  li.append(span("number", call.number), window_);
  return li;
}

function drawQueues(queues) {
  const list = byId("queues");
  list.classList.toggle("dense", queues.length > 4);
  list.replaceChildren(...queues.map((queue) => {
    const li = document.createElement("li");
    li.dataset.testid = "board-queue";
    li.dataset.queue = queue.id;
    li.append(span("name", queue.name), span("count", queue.waiting), span("unit", "人"));
    return li;
  }));
}

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

function showNotice(index) {
  noticeAt = notices.length ? index % notices.length : 0;
  const lines = notices.length ? [document.createElement("p")] : [];
  if (lines.length) lines[0].textContent = notices[noticeAt];
  byId("notices").replaceChildren(...lines);
}

// Two soft bells, made here: no file, no licence, no network. Browsers on a TV are started with
// sound allowed (see docs); elsewhere the first click or key allows it.
function chime() {
  document.body.dataset.chimes = Number(document.body.dataset.chimes || 0) + 1;
  audio = audio || new AudioContext();
  if (audio.state === "running") { ring(); return; }
  if (audioWaits) return; // nothing may pile up while sound is not allowed
  audioWaits = true;
  audio.resume().then(() => { audioWaits = false; ring(); });
}

function ring() {
  bell(659.26, audio.currentTime);
  bell(523.25, audio.currentTime + 0.45);
}

function bell(hertz, at) {
  const tone = audio.createOscillator();
  const loudness = audio.createGain();
  tone.frequency.value = hertz;
  loudness.gain.setValueAtTime(0.0001, at);
  loudness.gain.exponentialRampToValueAtTime(0.5, at + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + 1.2);
  tone.connect(loudness).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 1.3);
  tone.onended = () => { tone.disconnect(); loudness.disconnect(); };
}

const dayForm = new Intl.DateTimeFormat("zh-CN",
  { month: "long", day: "numeric", weekday: "short", timeZone: "Asia/Shanghai" });
const timeForm = new Intl.DateTimeFormat("zh-CN",
  { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });

function tick() {
  const now = new Date(Date.now() + clockSkewMs);
  const text = `${dayForm.format(now)} ${timeForm.format(now)}`;
  if (byId("clock").textContent !== text) byId("clock").textContent = text;
  if (performance.now() - heardAt > SILENCE_MS) setLost(true);
  // A closed stream never comes back by itself; a silent one may hang for ever on a dead line.
  if (source.readyState === EventSource.CLOSED || performance.now() - heardAt > 2 * SILENCE_MS) {
    heard();
    connect();
  }
}

connect();
tick();
setInterval(tick, 1000);
setInterval(() => { if (notices.length > 1) showNotice(noticeAt + 1); }, 8000);
addEventListener("pointerdown", () => { if (audio) audio.resume(); });
