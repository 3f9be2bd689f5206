// The offline verifier: a file is chosen, nothing leaves this device.
import { verifyBundle } from "./verify-core.js";
import { element, money, say, shortDay, show } from "./verify-show.js";
import { told, withoutOffices } from "./verify-tell.js";

const byId = (id) => document.getElementById(id);
let language = new URLSearchParams(location.search).get("lang") === "en" || (!/^zh/i.test(navigator.language) && /^en/i.test(navigator.language)) ? "en" : "zh";

function label() {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(language, node.dataset.say);
  document.title = say(language, "title");
  byId("language").textContent = language === "zh" ? "English" : "中文";
}

function facts(pairs) {
  return element("dl", pairs.flatMap(([key, value]) => [element("dt", say(language, key)), element("dd", value)]), { class: "facts card" });
}

function rows(heads, cells) {
  const head = element("tr", heads.map((key) => element("th", say(language, key), { scope: "col" })));
  const body = cells.map(([first, ...others]) =>
    element("tr", [element("th", first, { scope: "row" }), ...others.map((cell) => element("td", cell))]));
  return element("table", [element("thead", head), element("tbody", body)], { class: "told card" });
}

function decision(record, known) {
  const { facts: about, rows: steps } = told(record, null, language);
<<<<<<< HEAD
  const without = (cell) => [`（${OFFICE}）`, `, ${OFFICE}`, OFFICE].reduce((text, part) => text.replaceAll(part, ""), cell);
  const plain = steps.map((row) => row.map(without));
=======
  const plain = steps.map((row) => row.map(withoutOffices));
>>>>>>> public
  return [facts([...about, ...known]), rows(["step", "date", "what_was_done"], plain)];
}

function table(sheet) {
  const heads = ["date", "what", "income", "expense", "balance"].map((key, i) =>
    element("th", say(language, key), { scope: "col", class: i > 1 ? "n" : "" }));
  const rows = sheet.lines.map((line) => element("tr", [
    element("td", shortDay(line.day, language)),
    element("th", line.summary, { scope: "row" }),
    ...[line.income, line.expense].map((fen) => element("td", fen ? money(fen) : "", { class: "n" })),
    element("td", money(line.balance), { class: "n" }),
  ]));
  const caption = element("caption", say(language, "lines"));
  return element("table", [caption, element("thead", element("tr", heads)), element("tbody", rows)], { class: "card" });
}

const locale = () => (language === "zh" ? "zh-CN" : "en-GB");

/** The moment as people in China say it, whatever this computer's own zone. */
const moment = (time) =>
  new Date(time).toLocaleString(locale(), { timeZone: "Asia/Shanghai", dateStyle: "long", timeStyle: "short" });

/** "2026-10" as 2026年10月 or October 2026; a quarter or a year as it is. */
const month = (period) => (/^\d{4}-\d{2}$/.test(period)
  ? new Date(`${period}-01T12:00:00Z`).toLocaleString(locale(), { timeZone: "UTC", year: "numeric", month: "long" })
  : period);

function content(outcome) {
  const said = JSON.parse(outcome.document);
  const known = [["published", moment(outcome.entry.time)], ["period", month(outcome.entry.period)]];
  if (said.format === "cunwu-decision/1") return decision(said, known);
  if (said.format !== "cunwu-sheet/1") return [facts(known), element("pre", outcome.document)];
  const sums = ["income", "expense", "closing"].map((key) => [key, money(said[key])]);
  return [facts([["place", said.place.name], ...known, ...sums]), table(said)];
}

async function check() {
  const [file] = byId("bundle").files;
  if (!file) return;
  const target = byId("result");
  target.hidden = false;
  byId("content").replaceChildren();
  try {
    const outcome = await verifyBundle(JSON.parse(await file.text()), { fingerprint: byId("fingerprint").value });
    show(target, language, outcome);
    if (outcome.verdict !== "wrong") byId("content").replaceChildren(...content(outcome));
  } catch {
    target.dataset.verdict = "unreadable";
    target.replaceChildren(element("p", say(language, "unreadable")));
  }
}

byId("language").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; label(); check(); });
byId("form").addEventListener("submit", (event) => { event.preventDefault(); check(); });
byId("bundle").addEventListener("change", check);
label();
