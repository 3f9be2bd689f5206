// The page that a scan opens: fetches the proof, recomputes everything here, and compares what the page shows.
import { sha256Hex, verifyBundle } from "./verify-core.js";
import { element, money, say, shortDay, show } from "./verify-show.js";

const target = document.querySelector("[data-verify]");
const { bundle, address, witnesses, language, state } = target.dataset;
const words = (node) => node?.textContent.replace(/\s+/g, " ").trim() ?? "";
const amount = (fen) => (fen ? money(fen) : "");
const equal = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);

/** Whether every figure and purpose in the page's table is the verified sheet's. */
function sheetIsShown(table, sheet) {
  const figures = (row) => [...row.querySelectorAll("td.n")].map(words);
  const rows = [...table.querySelectorAll("[data-line]")];
  const total = table.querySelector("[data-total]");
  const opening = table.querySelector("[data-opening]");
  return rows.length === sheet.lines.length
    && equal(figures(opening), [money(sheet.opening)])
    && equal(figures(total), [money(sheet.income), money(sheet.expense), money(sheet.closing)])
    && rows.every((row, i) => {
      const line = sheet.lines[i];
      return words(row.querySelector("th > span")) === line.summary.trim().replace(/\s+/g, " ")
        && words(row.querySelector("td")) === shortDay(line.day, language)
        && equal(figures(row), [amount(line.income), amount(line.expense), money(line.balance)]);
    });
}

/** Whether `shown` is `said`, where in place of its mark the title of an office may stand: words without figure or stop. */
function alike(shown, said, office) {
  const parts = said.replace(/\s+/g, " ").trim().split(office);
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("[^\\d.。;；!！?？]{1,120}")}$`).test(shown);
}

/** The rule that the record names by its hash; null where it is not to be had or is another. */
async function ruleOf(record) {
  const answer = await fetch(bundle.replace("bundle.json", "rule.json"));
  const bytes = answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
  return bytes && sha256Hex(bytes) === record.rule ? JSON.parse(new TextDecoder().decode(bytes)) : null;
}

/** Whether every word and figure that the page tells of a decision follows from the verified record and its rule. */
async function decisionIsShown(record, rule) {
  const { OFFICE, told } = await import("./verify-tell.js");
  const { facts, rows } = told(record, rule, language);
  const same = (shown, said) => alike(shown, said, OFFICE);
  const shownFacts = [...document.querySelectorAll("[data-facts] dd")].map(words);
  const shownRows = [...document.querySelectorAll("[data-rows] tbody tr")].map((row) => [...row.cells].map(words));
  return shownFacts.length === facts.length && facts.every(([, value], i) => same(shownFacts[i], value))
    && shownRows.length === rows.length
    && rows.every((row, i) => row.length === shownRows[i].length && row.every((cell, at) => same(shownRows[i][at], cell)));
}

/** Whether the page shows what was verified; null where it shows nothing that can be compared. */
async function displayed(content) {
  const sheet = document.querySelector("[data-sheet]");
  if (sheet && content.format === "cunwu-sheet/1") return sheetIsShown(sheet, content);
  if (content.format !== "cunwu-decision/1") return null;
  const rule = await ruleOf(content);
  return rule && decisionIsShown(content, rule);
}

async function check() {
  const answer = await fetch(bundle);
  if (!answer.ok) throw new Error("unreachable");
  const outcome = await verifyBundle(await answer.json(), { address, witnesses: JSON.parse(witnesses) });
  const matches = await displayed(JSON.parse(outcome.document));
  const compared = { name: "displayed", state: matches === null ? "no" : matches ? "yes" : "wrong" };
  outcome.steps.splice(2, 0, compared);
  outcome.steps.splice(-1, 0, { name: state === "current" ? "current" : "superseded", state: "no" });
  if (matches === false) outcome.verdict = "wrong";
  else if (matches === null && outcome.verdict === "whole") outcome.verdict = "part";
  return outcome;
}

try {
  show(target, language, await check());
} catch (fault) {
  const key = fault.message === "unreachable" || fault instanceof TypeError ? "unreachable" : "unreadable";
  target.dataset.verdict = key;
  target.prepend(element("p", say(language, key)));
}
