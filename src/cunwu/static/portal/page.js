// Large type: remembered on this device, nowhere else.
const KEY = "cunwu-large";
const root = document.documentElement;
const button = document.querySelector("[data-large]");

function remembered() {
  try { return localStorage.getItem(KEY) === "1"; } catch { return false; }
}

function show(large) {
  root.classList.toggle("large", large);
  button?.setAttribute("aria-pressed", String(large));
}

show(remembered());
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const large = !root.classList.contains("large");
    show(large);
    try { localStorage.setItem(KEY, large ? "1" : "0"); } catch { /* private mode: for this page only */ }
  });
}
