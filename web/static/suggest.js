// Suggestions under the search box: a combobox as in the ARIA Authoring Practices. Without it the box still works.
"use strict";
(() => {
  const PAUSE = 120; // milliseconds without a key before asking
  const box = document.getElementById("q");
  const list = document.getElementById("suggestions");
  let timer = 0, asked = 0, chosen = -1, typed = "";

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  close();

  function close() {
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function show(suggestions) {
    list.replaceChildren(...suggestions.map(({ text }, number) => {
      const item = document.createElement("li");
      item.id = `suggestion-${number}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.textContent = text;
      return item;
    }));
    chosen = -1;
    list.hidden = !suggestions.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    box.removeAttribute("aria-activedescendant");
  }

  async function ask() {
    const number = ++asked;
    if (!typed.trim()) return close();
    try {
      const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(typed)}`);
      const { suggestions } = answer.ok ? await answer.json() : { suggestions: [] };
      if (number === asked && document.activeElement === box) show(suggestions);
    } catch {
      close();
    }
  }

  function choose(number) {
    const items = [...list.children];
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === number)));
    chosen = number;
    if (number < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", items[number].id);
    box.value = number < 0 ? typed : items[number].textContent;
  }

  box.addEventListener("input", () => {
    typed = box.value;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  box.addEventListener("keydown", (event) => {
    const count = list.children.length;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      box.value = typed;
      close();
    } else if (event.key === "ArrowDown" && !list.hidden) {
      event.preventDefault();
      choose(chosen + 1 < count ? chosen + 1 : -1);
    } else if (event.key === "ArrowUp" && !list.hidden) {
      event.preventDefault();
      choose(chosen < 0 ? count - 1 : chosen - 1);
    }
  });
  list.addEventListener("mousedown", (event) => {
    const item = event.target.closest("[role=option]");
    if (!item) return;
    event.preventDefault();
    box.value = item.textContent;
    box.form.requestSubmit();
  });
  box.addEventListener("blur", () => { asked++; clearTimeout(timer); close(); });
})();
