// Runs before the first paint: the reader's own light and density, kept in this browser.
// Also the small behaviours that the macros promise: popups that close, dialogs, copying, focus on what went wrong.
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
  const say = (text) => {
    const ear = document.getElementById("live-polite");
    if (ear) ear.textContent = text;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-open-dialog], [data-close-dialog], [data-copy]");
    if (!button) return;
    if (button.dataset.openDialog) {
      const dialog = document.getElementById(button.dataset.openDialog);
      if (dialog && !dialog.open) dialog.showModal();
    } else if (button.dataset.copy) {
      // Terms and answers of a list are copied a row each, as they are read.
      const from = document.querySelector(button.dataset.copy);
      const rows = [...(from?.querySelectorAll("dt") ?? [])];
      const text = rows.length
        ? rows.map((dt) => `${dt.textContent.trim()}: ${dt.nextElementSibling?.textContent.trim() ?? ""}`).join("\n")
        : (from?.textContent.trim() ?? "");
      try {
        await navigator.clipboard.writeText(text);
        say(button.dataset.copied);
        button.dataset.done = "";
        setTimeout(() => delete button.dataset.done, 2000);
      } catch { getSelection()?.selectAllChildren(from); }
    } else button.closest("dialog")?.close();
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
