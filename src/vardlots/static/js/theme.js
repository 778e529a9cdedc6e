// Runs before the first paint: the reader's own light and density, kept in this browser.
// Also what must work before the modules have come: popups that close, focus on what went wrong.
(() => {
  const root = document.documentElement;
  const read = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const keep = (key, value) => {
    try { if (value) localStorage.setItem(key, value); else localStorage.removeItem(key); } catch { /* private mode */ }
  };
  const apply = (name, value) => { if (value) root.dataset[name] = value; else delete root.dataset[name]; };
  for (const name of ["theme", "density"]) {
    const value = read(`vardlots.${name}`);
    if (value) apply(name, value);
  }
  const mark = () => {
    for (const name of ["theme", "density"]) {
      const now = root.dataset[name] ?? "";
      for (const box of document.querySelectorAll(`input[data-set-${name}]`)) box.checked = box.value === now;
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    mark();
    document.querySelector("[data-focus]")?.focus();
  });
  document.addEventListener("change", (event) => {
    for (const name of ["theme", "density"]) {
      if (!event.target.matches?.(`input[data-set-${name}]`)) continue;
      apply(name, event.target.value);
      keep(`vardlots.${name}`, event.target.value);
    }
  });
  const open = () => document.querySelectorAll("details.pop[open]");
  document.addEventListener("click", (event) => {
    for (const pop of open()) if (!pop.contains(event.target)) pop.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const pop of open()) {
      pop.open = false;
      pop.querySelector("summary")?.focus();
      event.stopPropagation();
    }
  }, true);
})();
