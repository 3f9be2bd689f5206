// Putting the outcome of a check on the page: the seal only for a whole one.
import { WORDS } from "./verify-words.js";

export const say = (language, key, values = {}) =>
  WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** Fen as yuan, as the server writes it: 1,234.50, with a true minus sign. */
export function money(fen) {
  const digits = String(Math.abs(fen)).padStart(3, "0");
  const yuan = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${fen < 0 ? "\u2212" : ""}${yuan}.${digits.slice(-2)}`;
}

/** A day inside a month named above: 9月3日; 3 Sep. */
export function shortDay(day, language) {
  const [, month, date] = day.split("-").map(Number);
  if (language === "zh") return `${month}月${date}日`;
  return `${date} ${"JanFebMarAprMayJunJulAugSepOctNovDec".slice(3 * month - 3, 3 * month)}`;
}

export function element(name, content, attributes = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...[content].flat());
  return made;
}

function seal() {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 68 68");
  picture.setAttribute("aria-hidden", "true");
  picture.dataset.seal = "";
  const frame = document.createElementNS(space, "rect");
  for (const [key, value] of Object.entries({ x: 3, y: 3, width: 62, height: 62, rx: 7 })) frame.setAttribute(key, value);
  picture.append(frame);
  for (const [y, words] of [[31, "已存"], [54, "证"]]) {
    const line = document.createElementNS(space, "text");
    line.setAttribute("x", 34);
    line.setAttribute("y", y);
    line.setAttribute("text-anchor", "middle");
    line.textContent = words;
    picture.append(line);
  }
  return picture;
}

/** Replace the content of `target` by the outcome: headline, one line per thing checked and per thing not checked. */
export function show(target, language, { verdict, steps }) {
  const list = steps.map((step) =>
    element("li", say(language, `${step.name}.${step.state}`, step), { class: step.state, "data-step": step.name }));
  const told = element("div", [element("b", say(language, verdict)), element("ul", list, { class: "checks" })]);
  target.dataset.verdict = verdict;
  target.replaceChildren(...(verdict === "whole" ? [seal(), told] : [told]));
}
