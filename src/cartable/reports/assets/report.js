"use strict";
// Filters the causes of a report. Without it the page shows all of them and no filters.
(() => {
  const form = document.getElementById("filters");
  const status = document.getElementById("status");
  const empty = document.getElementById("empty");
  const causes = [...document.querySelectorAll(".cause")];
  const language = document.documentElement.lang;
  const plurals = new Intl.PluralRules(language);

  const details = (cause) => cause.querySelector("details");
  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map();
  const textOf = (cause) => {
    if (!texts.has(cause)) texts.set(cause, folded(cause.textContent.replace(/\s+/g, " ")));
    return texts.get(cause);
  };

  const filter = () => {
    const asked = new FormData(form);
    const sought = folded(asked.get("text").trim()).split(/\s+/);
    const fits = (cause) =>
      ["file", "severity", "code"].every((name) => {
        const value = asked.get(name);
        return !value || cause.dataset[name].split(" ").includes(value);
      }) && sought.every((word) => !word || textOf(cause).includes(word));
    let shown = 0;
    for (const cause of causes) {
      cause.hidden = !fits(cause);
      if (!cause.hidden) shown += 1;
    }
    empty.hidden = shown > 0;
    const { single, several } = status.dataset;
    const told = (plurals.select(shown) === "one" ? single : several).replace("{shown}", shown.toLocaleString(language));
    if (status.textContent !== told) status.textContent = told;
  };

  // A link to a cause opens it, whatever the filters say.
  const follow = () => {
    const cause = document.getElementById(location.hash.slice(1));
    if (!cause?.classList.contains("cause")) return;
    if (cause.hidden) {
      form.reset();
      filter();
    }
    details(cause).open = true;
    cause.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  // The address stays the same where a link is followed once more.
  document.addEventListener("click", (event) => {
    if (event.target.closest('a[href^="#cause-"]')?.hash === location.hash) follow();
  });

  if (form) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", filter);
    form.addEventListener("reset", () => setTimeout(filter));
    for (const button of form.querySelectorAll("button[data-open]")) {
      button.addEventListener("click", () => {
        for (const cause of causes) if (!cause.hidden) details(cause).open = button.dataset.open === "true";
      });
    }
    // A browser puts back what was chosen before the page was left.
    addEventListener("pageshow", filter);
  }
  follow();

  // Where a browser prints closed details closed: open them, and close them again.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = causes.map(details).filter((one) => !one.open);
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
})();
