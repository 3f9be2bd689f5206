// While the log entry or the paper is on its way: look every two seconds and show what has changed, without a reload.
const EVERY = 2000;

async function look() {
  const waiting = document.querySelector("[data-waiting]");
  if (!waiting) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok && !answer.redirected) show(waiting, new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The network or the server is away: look again.
  }
  setTimeout(look, EVERY);
}

function show(waiting, fresh) {
  const still = fresh.querySelector("[data-waiting]");
  if (still) {
    if (still.textContent !== waiting.textContent) waiting.replaceWith(still);
  } else if (fresh.querySelector("main") && !document.activeElement.closest("main form")) {
    // What somebody is typing is not taken from under the hands.
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
  }
}

setTimeout(look, EVERY);
