// The console's keys, clicks and clocks. All acts go one way: emitEvent("hall_act", {act, ticket}).
"use strict";

(() => {
  const KEYS = { F1: "call-next", F2: "recall", F3: "missed", F4: "finish", F6: "pause", F7: "serve" };
  const root = () => document.getElementById("console");
  const words = () => JSON.parse(root().dataset.words);
  const AGAIN_MS = 400; // the same key twice within this is one press by a shaky hand
  let pressed = { name: null, at: 0 };
  let skewMs = null; // hall's clock minus ours

  function hallNow() {
    if (skewMs === null) skewMs = Number(root().dataset.nowMs) - Date.now();
    return Date.now() + skewMs;
  }

  function act(name, ticket) {
    const at = performance.now();
    if (name === pressed.name && at - pressed.at < AGAIN_MS) return;
    pressed = { name, at };
    const button = document.querySelector(`[data-act="${name}"]` + (ticket ? `[data-ticket="${ticket}"]` : ""));
    if (button) {
      button.classList.add("pressed");
      setTimeout(() => button.classList.remove("pressed"), 150);
    }
    showOffline(lost());
    if (lost()) return; // and nothing is sent later
    emitEvent("hall_act", { act: name, ticket: ticket || null });
  }

  // Before the first handshake the page is only starting: NiceGUI holds a press until then.
  function lost() {
    return Boolean(window.did_handshake) && !window.socket.connected;
  }

  function showOffline(shown) {
    document.getElementById("offline").hidden = !shown;
  }

  function onKey(event) {
    if (!root() || event.altKey || event.metaKey) return;
    const undo = event.ctrlKey && !event.shiftKey && event.key.toLowerCase() === "z";
    const name = undo ? "undo" : event.ctrlKey || event.shiftKey ? null : KEYS[event.key];
    if (!name) return;
    event.preventDefault(); // F1 is the browser's help, F3 its search, F7 its caret
    event.stopPropagation();
    if (!event.repeat) act(name);
  }

  function onClick(event) {
    const button = event.target.closest("[data-act]");
    if (!button || !root()) return;
    act(button.dataset.act, button.dataset.ticket);
    button.blur(); // so that the next Enter or space does not press it again
  }

  function fill(pattern, values) {
    return pattern.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  }

  function duration(form, ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const minutes = Math.floor(seconds / 60);
    if (form === "clock") {
      const tail = String(seconds % 60).padStart(2, "0");
      const hours = Math.floor(minutes / 60);
      return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
    }
    const w = words();
    if (minutes < 1) return w.just_now;
    const said = minutes < 60 ? fill(w.minutes, { n: minutes })
      : fill(w.hours, { h: Math.floor(minutes / 60), n: minutes % 60 });
    return form === "ago" ? fill(w.ago, { t: said }) : said;
  }

  function say(element, said) {
    if (element.textContent !== said) element.textContent = said;
  }

  function tick() {
    if (!root()) return;
    const now = hallNow();
    document.querySelectorAll("time[data-since]").forEach((element) => {
      say(element, duration(element.dataset.form, now - Number(element.dataset.since)));
    });
    const toast = document.querySelector("[data-until]");
    if (toast) {
      const leftMs = Number(toast.dataset.until) - now;
      toast.classList.toggle("over", leftMs <= 0);
      toast.style.setProperty("--left", Math.max(0, Math.min(1, leftMs / Number(toast.dataset.spanMs))));
    }
    const clock = document.getElementById("clock");
    if (clock) {
      say(clock, new Date(now).toLocaleTimeString("zh-CN",
        { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" }));
    }
    showOffline(lost());
  }

  document.addEventListener("keydown", onKey, true);
  document.addEventListener("click", onClick);
  new MutationObserver(tick).observe(document.documentElement, { childList: true, subtree: true });
  setInterval(tick, 250);
})();
