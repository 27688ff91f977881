// What a script adds to pages that work without it: keys, copying the address, walking from mark to mark.
"use strict";
(() => {
  const box = document.getElementById("q");
  const said = document.getElementById("said");

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !field && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape" && event.target === box && !event.defaultPrevented) {
      event.preventDefault(); // a search field would be emptied
      box.blur();
    }
  });

  const copy = document.querySelector("[data-copy]");
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(copy.dataset.copy || location.href);
      said.textContent = copy.textContent = copy.dataset.done;
    });
  }

  const bar = document.querySelector("[data-matches]");
  if (bar) {
    const article = document.querySelector(".whole");
    const places = []; // marks that only spaces are between are one
    for (const mark of article.querySelectorAll("mark")) {
      const gap = mark.previousSibling;
      const before = gap?.nodeType === Node.TEXT_NODE && !gap.data.trim() ? gap.previousSibling : gap;
      if (before?.nodeName === "MARK") places.at(-1).push(mark);
      else places.push([mark]);
    }
    const count = bar.querySelector(".count");
    const toggle = bar.querySelector("[data-marks]");
    let at = -1;
    bar.querySelector(".walk").hidden = toggle.hidden = false;
    bar.addEventListener("click", (event) => {
      const step = event.target.closest("[data-step]");
      if (step) {
        if (at >= 0) places[at].forEach((mark) => mark.classList.remove("here"));
        at = at < 0 && step.dataset.step === "-1" ? places.length - 1 : (at + Number(step.dataset.step) + places.length) % places.length;
        places[at].forEach((mark) => mark.classList.add("here"));
        places[at][0].scrollIntoView({ block: "center" });
        count.textContent = bar.dataset.of.replace("###", places.length).replace("##", at + 1);
        said.textContent = `${count.textContent}: ${places[at].map((mark) => mark.textContent).join(" ")}`;
      } else if (event.target.closest("[data-marks]")) {
        const shown = article.classList.toggle("unmarked");
        toggle.setAttribute("aria-pressed", String(!shown));
      }
    });
  }
})();
