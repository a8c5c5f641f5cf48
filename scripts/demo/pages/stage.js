// Draws the stage from /state and sends what a hand would do to /control. All pictures of paper and
// panels come from the server, which makes them from the bytes that the simulators received.
"use strict";
const by = (id) => document.getElementById(id);
const make = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};
async function control(device, line) {
  const answer = await fetch("/control", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ device, line }),
  });
  const result = await answer.json();
  by("contact").textContent = result.ok ? "" : `没有成功：${result.error}`;
}
const drawers = [];

function handButton(name, hand) {
  const button = make("button", hand.label);
  if (hand.note) button.append(" ", make("small", hand.note));
  button.onclick = () => control(name, hand.line);
  return button;
}

function mark(button, kind, on) {
  button.classList.toggle(kind, on);
  button.setAttribute("aria-pressed", on);
}

// What a cable's end can do now: be pulled, or be put back.
function layCable(box, name) {
  const [pull, plug] = ["unplug", "plug"].map((line) => box.querySelector(`[data-line=${line}]`));
  drawers.push((state) => {
    pull.disabled = !state.devices[name].plugged;
    plug.disabled = state.devices[name].plugged;
  });
}

function layReader(box, name, plan) {
  for (const card of plan.cards) {
    const button = handButton(name, card);
    box.querySelector(card.more ? ".cards.more" : ".cards").append(button);
    drawers.push((state) => mark(button, "laid", state.devices[name].card === card.line));
  }
  wire(box, name, plan.faults);
}

function layChip(box, name, hands) {
  const chip = box.querySelector(".chip");
  chip.hidden = hands.length === 0;
  for (const hand of hands) chip.querySelector(".row").append(handButton(name, hand));
}

function wire(box, name, faults) {
  for (const button of box.querySelectorAll("button[data-line]")) {
    button.onclick = () => control(name, button.dataset.line);
  }
  layCable(box, name);
  const place = box.querySelector(".faults");
  for (const fault of faults) {
    const button = make("button", fault.label);
    button.onclick = () => control(name, `${fault.name} ${button.classList.contains("on") ? fault.off : fault.on}`);
    place.append(button);
    drawers.push((state) => mark(button, "on", state.devices[name].active.includes(fault.label)));
  }
  drawers.push((state) => {
    box.querySelector(".state").textContent = state.devices[name].plugged ? "" : "（线已拔）";
  });
}

function picture(image, name, address) {
  let shown = null;
  drawers.push((state) => {
    const version = state.devices[name].version;
    image.hidden = version === ""; // nothing printed yet
    if (version && version !== shown) { shown = version; image.src = `${address}?v=${encodeURIComponent(version)}`; }
  });
}

function layKiosk(kiosk, columns) {
  const view = by("kiosk-template").content.cloneNode(true).firstElementChild;
  view.classList.add(kiosk.orientation);
  view.querySelector(".title").textContent = `自助终端 ${kiosk.id}`;
  view.querySelector("iframe").src = kiosk.viewer;
  const bench = by("bench-template").content.cloneNode(true).firstElementChild;
  layReader(bench.querySelector(".reader"), `${kiosk.id}/reader`, kiosk.reader);
  layChip(bench.querySelector(".reader"), `${kiosk.id}/chip`, kiosk.chip);
  const printer = bench.querySelector(".printer");
  wire(printer, `${kiosk.id}/printer`, kiosk.printer.faults);
  picture(printer.querySelector(".paper"), `${kiosk.id}/printer`, `/paper/${kiosk.id}.png`);
  columns.append(view, bench);
}

function layRight(plan, columns) {
  const right = make("div", "", { class: "right" });
  const board = make("section", "");
  board.append(make("h2", "电视屏（等候区）"), make("iframe", "", { class: "board", src: plan.board, title: "电视屏" }));
  const panels = make("section", "");
  panels.append(make("h2", "窗口条屏"));
  const row = make("div", "", { class: "panels" });
  for (const panel of plan.panels) {
    const box = make("div", "", { class: "panel" });
    const image = make("img", "", { alt: panel.title });
    box.append(make("div", panel.title), image);
    const buttons = make("div", "", { class: "row" });
    for (const [label, line] of [["拔线", "unplug"], ["插回", "plug"]]) {
      const button = make("button", label, { "data-line": line });
      button.onclick = () => control(panel.device, line);
      buttons.append(button);
    }
    box.append(buttons);
    layCable(box, panel.device);
    row.append(box);
    picture(image, panel.device, `/panel/${panel.device}.png`);
  }
  const sound = make("audio", "", { controls: "" });
  sound.hidden = true;
  const caption = make("div", "广播：还没有叫号", { class: "caption" });
  let heard = 0;
  drawers.push((state) => {
    const count = state.devices.speaker.heard;
    if (count && count !== heard) {
      heard = count;
      caption.textContent = "广播（最近一次叫号）";
      sound.hidden = false;
      sound.src = `/heard.wav?v=${count}`;
    }
  });
  panels.append(row, caption, sound);
  const programs = make("section", "");
  programs.append(make("h2", "程序（试一试断电）"));
  const list = make("div", "", { class: "row" });
  for (const [name, title] of Object.entries(plan.programs)) {
    const button = make("button", "");
    button.onclick = () => control(name, button.classList.contains("on") ? "start" : "kill");
    list.append(button);
    drawers.push((state) => {
      const off = !state.programs[name];
      mark(button, "on", off);
      button.textContent = off ? `${title} 已停，点击启动` : `${title} 运行中，点击断电`;
    });
  }
  programs.append(list);
  right.append(board, panels, programs);
  columns.append(right);
}

async function begin() {
  const plan = await (await fetch("/plan")).json();
  by("hall").textContent = plan.hall;
  for (const [label, address] of plan.links) by("links").append(make("a", label, { href: address, target: "_blank" }));
  plan.kiosks.forEach((kiosk, place) => {
    const line = make("div", "", { class: "line" });
    layKiosk(kiosk, line);
    if (place === 0) layRight(plan, line);
    by("main").append(line);
  });
  const source = new EventSource("/state");
  source.onmessage = (event) => {
    const state = JSON.parse(event.data);
    for (const draw of drawers) draw(state);
    by("contact").textContent = "";
  };
  source.onerror = () => { by("contact").textContent = "演示已停止"; };
}
begin();
