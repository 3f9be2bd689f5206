// A decision (cunwu-decision/1) in words, as the server tells it (procedures/telling.py): to compare what a page shows,
// and to show it where there is no server.
import { money, say } from "./verify-show.js";
import { DECISION_WORDS } from "./verify-tell-words.js";
import { WORDS } from "./verify-words.js";

for (const language of Object.keys(WORDS)) Object.assign(WORDS[language], DECISION_WORDS[language]);

/** Stands for the title of an office, which is not in the record: on a page any words without figures may stand there. */
export const OFFICE = "\u0000";

/** 2026年10月8日; 8 October 2026. */
export function fullDay(day, language) {
  const [year, month, date] = day.split("-").map(Number);
  if (language === "zh") return `${year}年${month}月${date}日`;
  return `${date} ${say(language, "months").split(" ")[month - 1]} ${year}`;
}

function votes(meeting, title, language) {
  const aside = meeting.recused ? say(language, "aside", meeting) : "";
  return (title ? title + say(language, "colon") : "") + say(language, "votes", { ...meeting, aside });
}

function heard({ received, answered }, language) {
  return say(language, received ? "objections_heard" : "no_objections", { received, answered });
}

/** The text with a stop at its end, since more may follow. */
function sentence(text, language) {
  return "。！？；.!?;".includes(text.at(-1)) ? text : text + say(language, "stop");
}

function lines(step, rule, language) {
  const told = step.text ? [sentence(step.text, language)] : [];
  if (step.amount !== null) told.push(say(language, "amount_line", { yuan: money(step.amount) }));
  if (step.reference) told.push(say(language, "reference_line", step));
  if (step.meeting) {
    told.push(votes(step.meeting, rule && (rule.meeting ?? rule).title[language], language));
    for (const each of step.meeting.appraised) {
      const ended = each.ended ? say(language, "post_ended") : "";
      told.push(say(language, "appraisal", { ...each, ended, title: OFFICE }));
    }
  }
  if (step.objections) told.push(heard(step.objections, language));
  if (step.by) told.push(say(language, "done_by", { name: step.by.name, title: OFFICE }));
  return told.join(language === "zh" ? "" : " ");
}

/** {facts, rows}: the facts from title to parties, and for each step its title, day and what was done. `rule` is the
 *  pinned rule, which knows the titles; without it steps are told by their kind. */
export function told(record, rule, language) {
  const amount = record.amount === null ? "" : money(record.amount);
  const stated = record.steps.map((step) => step.amount).filter((fen) => fen !== null);
  const settled = stated.length ? money(stated.at(-1)) : "";
  const power = rule ? rule.title[language] : "";
  const facts = [["decision_title", record.title || power], ["decision_text", record.text], ["power", power],
    ["amount_yuan", amount], ["settled_yuan", settled], ["parties", record.parties.join("、")]];
  const rows = record.steps.map((step) => {
    const held = rule?.steps.find((each) => each.name === step.name);
    const title = held ? held.title[language] : say(language, `kind.${step.kind}`);
    return [title, step.on ? fullDay(step.on, language) : "", lines(step, held, language)];
  });
  return { facts: facts.filter(([, value]) => value), rows };
}
