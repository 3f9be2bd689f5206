// Finds a village by its name or its pinyin (whole or initials) in places.json, which is fetched on first use.
const form = document.querySelector("[data-find]");
const field = form.querySelector("input");
const list = document.querySelector("[data-found]");
const none = document.querySelector("[data-none]");
const MOST = 20;
let places;

const folded = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s'’]+/g, "");

async function load() {
  places ??= fetch(form.dataset.find).then((answer) => answer.json());
  return places;
}

function matches(place, wanted) {
  const [, name, above, pinyin] = place;
  const initials = pinyin.split(" ").map((syllable) => syllable[0] ?? "").join("");
  return folded(above + name).includes(wanted) || folded(pinyin).startsWith(wanted) || initials.startsWith(wanted);
}

function entry([id, name, above]) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `p/${id}/`;
  link.textContent = above ? `${name} · ${above}` : name;
  item.append(link);
  return item;
}

async function find() {
  const wanted = folded(field.value);
  const found = wanted ? (await load()).filter((place) => matches(place, wanted)).slice(0, MOST) : [];
  list.replaceChildren(...found.map(entry));
  none.hidden = !wanted || found.length > 0;
  return found;
}

form.hidden = false;
field.addEventListener("input", find);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [first] = await find();
  if (first) location.href = `p/${first[0]}/`;
});
