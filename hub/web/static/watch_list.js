// The watch list: in this browser alone (localStorage). The server is only asked whether a job is still there.
const KEY = "jobhub.merkliste";
const MOST = 200;

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY)) ?? [];
    return Array.isArray(kept) ? kept.filter((one) => one && typeof one.id === "string") : [];
  } catch {
    return []; // no storage, or somebody else's content
  }
}

function write(list) {
  try {
    localStorage.setItem(KEY, JSON.stringify(list.slice(0, MOST)));
  } catch {
    // private mode with a full or forbidden storage: the list simply stays as it was
  }
}

function storageWorks() {
  try {
    localStorage.setItem(KEY + ".try", "1");
    localStorage.removeItem(KEY + ".try");
    return true;
  } catch {
    return false;
  }
}

function pathOf(id) {
  return id.split("/").map((part) => encodeURIComponent(part).replaceAll("%3A", ":")).join("/");
}

// Pages in another language have its prefix.
const prefix = document.documentElement.lang === "de" ? "" : `/${document.documentElement.lang}`;

function showCount() {
  const n = read().length;
  for (const place of document.querySelectorAll("[data-watch-count]")) {
    place.hidden = n === 0;
    place.textContent = `(${n})`;
  }
}

function showButtons() {
  const kept = new Set(read().map((one) => one.id));
  for (const button of document.querySelectorAll("[data-watch]")) {
    const on = kept.has(button.dataset.watch);
    button.hidden = false;
    button.classList.toggle("jh-watch--on", on);
    for (const text of button.querySelectorAll("[data-when]")) text.hidden = (text.dataset.when === "on") !== on;
  }
}

function toggle(button) {
  const { watch: id, title, employer, place } = button.dataset;
  const list = read();
  const others = list.filter((one) => one.id !== id);
  write(others.length < list.length ? others : [{ id, title, employer, place }, ...list]);
  showCount();
  showButtons();
}

// ---------------------------------------------------------------------------------------------- the page /merkliste

const page = document.querySelector("[data-watch-page]");
const texts = document.querySelector("[data-watch-texts]")?.dataset;
const over = new Set();

function part(name) {
  return page.querySelector(`[data-watch-${name}]`);
}

function showStatus() {
  const n = read().length;
  part("status").textContent = n === 0 ? texts.none : n === 1 ? texts.one : texts.many.replace("{n}", n);
  part("empty").hidden = n > 0;
  part("actions").hidden = n === 0;
}

function showPrintLinks() {
  const open = read().filter((one) => !over.has(one.id)).map((one) => one.id);
  const size = Number(page.dataset.sheets);
  const links = [];
  for (let first = 0; first < open.length; first += size) {
    const ids = open.slice(first, first + size);
    const link = document.createElement("a");
    link.className = "kern-btn kern-btn--secondary";
    link.href = `${prefix}/druck?${new URLSearchParams(ids.map((id) => ["stelle", id]))}`;
    const label = document.createElement("span");
    label.className = "kern-label";
    label.textContent = open.length <= size ? texts.print
      : texts.printPart.replace("{first}", first + 1).replace("{last}", first + ids.length);
    link.append(label);
    links.push(link);
  }
  part("print").replaceChildren(...links);
}

function makeCard(job) {
  const item = document.querySelector("[data-watch-card]").content.cloneNode(true).firstElementChild;
  const link = document.createElement("a");
  link.className = "kern-link";
  link.href = `${prefix}/stellen/${pathOf(job.id)}`;
  link.textContent = job.title || job.id;
  item.querySelector("[data-title]").append(link);
  item.querySelector("[data-employer]").textContent = job.employer || "";
  item.querySelector("[data-place]").textContent = job.place || "";
  item.querySelector("[data-remove-title]").textContent = ` ${job.title || job.id}`;
  item.querySelector("[data-remove]").addEventListener("click", () => {
    write(read().filter((one) => one.id !== job.id));
    item.remove();
    showCount();
    showStatus();
    showPrintLinks();
    part("status").focus(); // the button that had the focus is gone
  });
  return item;
}

function showState(item, state) {
  for (const place of item.querySelectorAll("[data-state]")) place.hidden = place.dataset.state !== state;
  if (state === "over") item.querySelector("[data-title]").textContent = item.querySelector("[data-title]").textContent;
}

async function ask(job, item) {
  let state = "unknown";
  try {
    const answer = await fetch(`/api/v1/jobs/${pathOf(job.id)}`, { credentials: "omit" });
    if (answer.ok) state = "open";
    else if (answer.status === 410 || answer.status === 404) state = "over";
  } catch {
    // no network; nothing is claimed
  }
  if (state === "over") over.add(job.id);
  showState(item, state);
}

async function showPage() {
  page.hidden = false;
  document.querySelector("[data-watch-cannot]").hidden = true;
  const list = read();
  const items = list.map(makeCard);
  part("items").replaceChildren(...items);
  showStatus();
  showPrintLinks();
  const asking = list.map((job, index) => [job, items[index]]);
  // A few at a time: the list may be long, and the server is everybody's.
  const some = Array.from({ length: 4 }, async () => {
    for (let next = asking.shift(); next; next = asking.shift()) await ask(...next);
  });
  await Promise.all(some);
  showPrintLinks();
  page.dataset.asked = "yes";
}

if (storageWorks()) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-watch]");
    if (button) toggle(button);
  });
  document.addEventListener("htmx:after:swap", showButtons);
  // The list changed in another tab, or this page came back from the browser's memory.
  for (const event of ["storage", "pageshow"]) {
    window.addEventListener(event, () => {
      showCount();
      showButtons();
    });
  }
  showCount();
  showButtons();
  if (page) {
    part("clear").addEventListener("click", () => {
      write([]);
      showCount();
      showPage();
      part("status").focus();
    });
    showPage();
  }
}
