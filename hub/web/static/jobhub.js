// Makes the board a little smoother; nothing here is needed.
const narrow = window.matchMedia("(max-width: 61.99rem)");

// On narrow screens the filters stay folded away until they are wanted.
function foldFilters() {
  const drawer = document.querySelector(".jh-drawer");
  if (drawer && narrow.matches) drawer.open = false;
}

// After new results their heading is read out and in view.
document.addEventListener("htmx:after:swap", () => {
  foldFilters();
  document.getElementById("treffer")?.focus();
});
foldFilters();

// The print view: a button where it can do something, and the hint how to do it by hand where not.
const printButton = document.querySelector("[data-print-now]");
if (printButton) {
  printButton.hidden = false;
  document.querySelector("[data-print-hint]").hidden = true;
  printButton.addEventListener("click", () => window.print());
}
