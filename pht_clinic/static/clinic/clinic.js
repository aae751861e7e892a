// The clinic's one script. Every page works without it.
(() => {
  "use strict";

  // A refused form: the focus goes to the summary of what is wrong.
  const focusSummary = (root) => root.querySelector("[data-focus]")?.focus();

  // A form that must not be sent twice: <form data-once>. The server would refuse it anyway.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("once" in form.dataset)) return;
    if (form.dataset.once === "sent") {
      event.preventDefault();
      return;
    }
    form.dataset.once = "sent";
    form.querySelectorAll("button[type=submit]").forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  // Back from the browser's cache: it may be sent again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-once]").forEach((form) => {
      form.dataset.once = "";
      form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
    });
  });

  // <button type="button" data-print>
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
  });

  // A part of the page that could not be fetched says so in the live region.
  const say = (text) => {
    const live = document.getElementById("live");
    if (live) live.textContent = text;
  };
  document.addEventListener("htmx:responseError", () => say("That did not work. Reload the page and try again."));
  document.addEventListener("htmx:sendError", () => say("The clinic cannot be reached. Try again in a moment."));
  // A timeline that is wider than its frame opens on today.
  const showToday = (root) =>
    root.querySelectorAll(".timeline-frame").forEach((frame) => {
      const today = frame.querySelector(".today")?.getBoundingClientRect();
      if (today) frame.scrollLeft += today.x - frame.getBoundingClientRect().x - frame.clientWidth / 2;
    });

  // What somebody unfolded, or folded, stays so when its part of the page is fetched anew: <details id>.
  const folds = new Map();
  document.addEventListener("htmx:beforeSwap", (event) => {
    event.detail.target.querySelectorAll("details[id]").forEach((one) => folds.set(one.id, one.open));
  });
  document.addEventListener("htmx:load", (event) => {
    event.target.querySelectorAll("details[id]").forEach((one) => {
      if (folds.has(one.id)) one.open = folds.get(one.id);
    });
    letDrag(event.target);
  });

  // Signing in by a passkey alone is allauth's: it is told which button and field are meant.
  if (document.getElementById("passkey-alone")) {
    allauth.webauthn.forms.loginForm({ ids: { login: "passkey-alone", credential: "passkey-credential" } });
  }

  // A passkey that was not used, or could not be: said where it was asked for.
  document.addEventListener("allauth.error", (event) => {
    const place = document.getElementById("passkey-trouble");
    if (!place) return;
    event.preventDefault();
    place.textContent = "The passkey was not used. Try again, or sign in by your password.";
  });

  // A visit of the time grid that is dragged onto a free time opens the check of that place; "Move" leads there too.
  let dragged = null;
  const letDrag = (root) => root.querySelectorAll("[data-move]").forEach((one) => (one.draggable = true));
  const placeUnder = (event) => (dragged && event.target instanceof Element ? event.target.closest(".free a") : null);
  document.addEventListener("dragstart", (event) => {
    dragged = event.target instanceof Element ? event.target.closest("[data-move]") : null;
  });
  document.addEventListener("dragend", () => (dragged = null));
  document.addEventListener("dragover", (event) => {
    if (placeUnder(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const place = placeUnder(event);
    if (!place) return;
    event.preventDefault();
    const chosen = new URL(place.href).searchParams;
    chosen.delete("kind");
    window.location.assign(`${dragged.dataset.move}?${chosen}`);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    focusSummary(event.target);
    showToday(event.target);
  });
  document.addEventListener("DOMContentLoaded", () => {
    focusSummary(document);
    showToday(document);
  });
})();
