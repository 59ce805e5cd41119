/** What every page does: focus on what went wrong, one press for one act, fields that appear, the look, leaving. */

import { csrfToken } from "./csrf";
import { el } from "./dom";

/** Number of observations still on this tablet; the outbox writes it, the sign-out button reads it. */
export const WAITING_KEY = "vigil-waiting";

function focusOnTrouble(root: ParentNode): void {
  root.querySelector<HTMLElement>("[data-takes-focus]")?.focus();
}

/** A form marked data-submit-once sends once: the button rests until the page comes back. */
function submitOnce(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("submitOnce" in form.dataset) || event.defaultPrevented) return;
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset["sent"] = "";
  event.submitter?.setAttribute("aria-busy", "true");
}

function forgetSent(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) delete form.dataset["sent"];
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

/** <input data-reveals="id">: what it names is shown while it is chosen, and is silent (disabled) otherwise. */
export function reveal(root: ParentNode): void {
  for (const control of root.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-reveals]")) {
    const target = document.getElementById(control.dataset["reveals"] ?? "");
    if (!target) continue;
    const wanted = control.dataset["revealsWhen"];
    const on =
      control instanceof HTMLInputElement && control.matches("[type=checkbox], [type=radio]")
        ? control.checked
        : wanted === undefined
          ? control.value !== ""
          : wanted.split(" ").includes(control.value);
    target.hidden = !on;
    for (const field of target.querySelectorAll<HTMLInputElement>("input, select, textarea")) field.disabled = !on;
  }
}

function themeChoice(): void {
  const place = document.querySelector<HTMLElement>("[data-theme-choice]");
  if (!place) return;
  place.hidden = false;
  const now = localStorage.getItem("vigil-theme") ?? "auto";
  for (const choice of place.querySelectorAll<HTMLInputElement>("input[name=theme]")) {
    choice.checked = choice.value === now;
    choice.addEventListener("change", () => {
      if (choice.value === "auto") {
        localStorage.removeItem("vigil-theme");
        delete document.documentElement.dataset["bsTheme"];
      } else {
        localStorage.setItem("vigil-theme", choice.value);
        document.documentElement.dataset["bsTheme"] = choice.value;
      }
      document.dispatchEvent(new CustomEvent("vigil:theme"));
    });
  }
}

/** Signing out with observations still on the tablet is asked about: nobody else's sign-in can send them. */
function guardSignOut(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("signOut" in form.dataset) || "sure" in form.dataset) return;
  const waiting = Number(localStorage.getItem(WAITING_KEY) ?? 0);
  const drafts = Object.keys(localStorage).filter((key) => key.startsWith(`vigil-draft:${document.body.dataset["user"]}:`)).length;
  if (waiting + drafts === 0) return;
  event.preventDefault();
  const stay = el("button", { class: "btn btn-primary", type: "button", autofocus: "" }, "Stay signed in");
  const leave = el("button", { class: "btn btn-secondary", type: "button" }, "Sign out anyway");
  const what = [
    waiting > 0 ? `${waiting === 1 ? "1 observation is" : `${waiting} observations are`} kept on this tablet only, and sent when you are signed in here again.` : "",
    drafts > 0 ? `${drafts === 1 ? "1 reading was" : `${drafts} readings were`} typed and not saved.` : "",
  ];
  const dialog = el(
    "dialog",
    { class: "dialog", "aria-labelledby": "leave-title" },
    el("h2", { id: "leave-title" }, waiting > 0 ? "Not everything has been sent" : "A reading is not saved"),
    el("p", {}, what.filter(Boolean).join(" ")),
    el("div", { class: "actions" }, stay, leave),
  );
  stay.addEventListener("click", () => dialog.close());
  leave.addEventListener("click", () => {
    form.dataset["sure"] = "";
    form.requestSubmit();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

export function furnishPage(): void {
  focusOnTrouble(document);
  themeChoice();
  reveal(document);
  document.addEventListener("submit", guardSignOut);
  document.addEventListener("submit", submitOnce);
  document.addEventListener("change", () => reveal(document));
  window.addEventListener("pageshow", forgetSent);
  document.addEventListener("htmx:configRequest", (event) => {
    const detail = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
    detail.headers["X-CSRFToken"] = csrfToken();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target instanceof HTMLElement) focusOnTrouble(event.target);
    reveal(document);
  });
}
