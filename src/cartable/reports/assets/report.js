"use strict";
// Filters what the page lists: causes, or changes in groups. Without it the page shows all and no filters.
(() => {
  const form = document.getElementById("filters");
  const status = document.getElementById("status");
  const empty = document.getElementById("empty");
  const items = [...document.querySelectorAll(document.querySelector("main").dataset.filtered)];
  const groups = [...document.querySelectorAll(".group")];
  const folds = [...document.querySelectorAll("main details")];
  const language = document.documentElement.lang;
  const plurals = new Intl.PluralRules(language);

  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map();
  const textOf = (part) => {
    if (!texts.has(part)) texts.set(part, folded(part.textContent.replace(/\s+/g, " ")));
    return texts.get(part);
  };
  const groupOf = new Map(items.map((item) => [item, item.closest(".group")]));
  const nameOf = (group) => (group ? textOf(group.querySelector("h3")) : "");

  const filter = () => {
    const asked = new FormData(form);
    const sought = folded(asked.get("text").trim()).split(/\s+/);
    const chosen = [...form.querySelectorAll("select")].filter((one) => one.value);
    const has = (name, value, item) => {
      const own = (item.dataset[name] ?? groupOf.get(item)?.dataset[name] ?? "").split(" ");
      return own.includes(value);
    };
    const fits = (item) =>
      chosen.every((one) => has(one.name, one.value, item)) &&
      sought.every((word) => !word || textOf(item).includes(word) || nameOf(groupOf.get(item)).includes(word));
    const seen = new Set();
    let shown = 0;
    for (const item of items) {
      item.hidden = !fits(item);
      if (item.hidden) continue;
      shown += 1;
      seen.add(groupOf.get(item));
    }
    // A group of which nothing is listed stays while nothing is asked.
    const isAsked = chosen.length > 0 || sought.some(Boolean);
    for (const group of groups) group.hidden = isAsked && !seen.has(group);
    empty.hidden = shown > 0 || !isAsked;
    const { single, several } = status.dataset;
    const told = (plurals.select(shown) === "one" ? single : several).replace("{shown}", shown.toLocaleString(language));
    if (status.textContent !== told) status.textContent = told;
    return isAsked;
  };

  // What is asked for inside groups is shown, not only counted.
  const answer = () => {
    const isAsked = filter();
    for (const group of groups) group.querySelector("details").open = isAsked && !group.hidden;
  };

  // A link to something folded opens it, whatever the filters say.
  const follow = () => {
    const part = document.getElementById(location.hash.slice(1));
    const fold = part?.querySelector(":scope > details");
    if (!fold) return;
    if (part.hidden) {
      form.reset();
      filter();
    }
    fold.open = true;
    part.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  // The address stays the same where a link is followed once more.
  document.addEventListener("click", (event) => {
    const hash = event.target.closest('a[href^="#"]')?.hash;
    if (hash && hash === location.hash) follow();
  });

  if (form) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", answer);
    form.addEventListener("reset", () => setTimeout(answer));
    for (const button of form.querySelectorAll("button[data-open]")) {
      button.addEventListener("click", () => {
        for (const fold of folds) if (!fold.closest("[hidden]")) fold.open = button.dataset.open === "true";
      });
    }
    // A browser puts back what was chosen before the page was left.
    addEventListener("pageshow", filter);
  }
  follow();

  // Where a browser prints closed details closed: open them, and close them again.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = folds.filter((one) => !one.open);
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
})();
