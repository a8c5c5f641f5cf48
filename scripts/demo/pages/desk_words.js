// The words of the desk page. What is told of a peripheral comes from the server, in both languages.
"use strict";
const WORDS = {
  zh: {
    page: "外设台 · 演示", desk: "外设台", stage: "回到舞台", other: "English",
    lead: "每一种外设都由真正的驱动程序经真实的线路（串口、网络、PC/SC、CUPS）驱动，对面是模拟器。" +
      "放卡、拔线、缺纸，看三种人各会看到什么。画面和纸只由模拟器收到的字节画出。",
    now: "现在", lately: "刚才这一次", citizen: "对群众说", staff: "工作人员", technician: "技术人员", detail: "驱动详情",
    nothing: "还没有打印", more: "更多证件", faults: "故障", cable: "线", unplugged: "线已拔",
    unplug: "拔线", plug: "插回", restore: "全部恢复正常",
    preparing: "正在准备…", missing: "这里装不了这件外设", failed: "没有成功", stopped: "演示已停止",
    working: {
      card_reader: "请在下面放一张卡，最多等 8 秒", scanner: "请在下面出示一个码，最多等 8 秒",
      ticket_printer: "正在打印", document_printer: "正在打印，打不出来时最多等 20 秒",
      display: "正在送字", speaker: "正在播报",
    },
    seconds: (number) => `${number} 秒`,
  },
  en: {
    page: "Peripherals · demo", desk: "Peripherals", stage: "Back to the stage", other: "中文",
    lead: "Each peripheral is driven by its real driver over a real line (serial, network, PC/SC, CUPS) with a simulator at " +
      "the other end. Lay cards, pull cables, run out of paper, and read what three kinds of people are told. Displays and " +
      "paper are drawn from the bytes that the simulators received, and from nothing else.",
    now: "Now", lately: "The last time", citizen: "Citizen", staff: "Staff", technician: "Technician", detail: "Detail",
    nothing: "Nothing printed yet", more: "More cards", faults: "Faults", cable: "Cable", unplugged: "unplugged",
    unplug: "Unplug", plug: "Plug in", restore: "Make all well",
    preparing: "Being set up…", missing: "This cannot be set up here", failed: "Not done", stopped: "The demo has stopped",
    working: {
      card_reader: "Lay a card below, within 8 s", scanner: "Show a code below, within 8 s",
      ticket_printer: "Printing", document_printer: "Printing; at most 20 s when it cannot",
      display: "Sending the text", speaker: "Announcing",
    },
    seconds: (number) => `${number} s`,
  },
};
let language = localStorage.getItem("language") === "en" ? "en" : "zh";
const say = (key) => WORDS[language][key];
// In English a button bears what a technician types at `hall-devices sim`.
const typed = (line) => line.replace(/^lay /, "").replaceAll("_", " ");
