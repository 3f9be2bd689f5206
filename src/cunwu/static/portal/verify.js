// The page that a scan opens: fetches the proof, recomputes everything here, and compares what the page shows.
import { verifyBundle } from "./verify-core.js";
import { element, money, say, shortDay, show } from "./verify-show.js";

const target = document.querySelector("[data-verify]");
const { bundle, address, witnesses, language, state } = target.dataset;
const words = (node) => node?.textContent.trim() ?? "";
const amount = (fen) => (fen ? money(fen) : "");

/** Whether every figure and purpose in the page's table is the verified sheet's; null where the page has no table. */
export function displayed(table, sheet, language) {
  if (!table || sheet?.format !== "cunwu-sheet/1") return null;
  const figures = (row) => [...row.querySelectorAll("td.n")].map(words);
  const rows = [...table.querySelectorAll("[data-line]")];
  const total = table.querySelector("[data-total]");
  const opening = table.querySelector("[data-opening]");
  const equal = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);
  return rows.length === sheet.lines.length
    && equal(figures(opening), [money(sheet.opening)])
    && equal(figures(total), [money(sheet.income), money(sheet.expense), money(sheet.closing)])
    && rows.every((row, i) => {
      const line = sheet.lines[i];
      return words(row.querySelector("th > span")) === line.summary.trim()
        && words(row.querySelector("td")) === shortDay(line.day, language)
        && equal(figures(row), [amount(line.income), amount(line.expense), money(line.balance)]);
    });
}

async function check() {
  const answer = await fetch(bundle);
  if (!answer.ok) throw new Error("unreachable");
  const outcome = await verifyBundle(await answer.json(), { address, witnesses: JSON.parse(witnesses) });
  const matches = displayed(document.querySelector("[data-sheet]"), JSON.parse(outcome.document), language);
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
