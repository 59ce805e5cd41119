/**
 * What is typed and not saved yet outlasts the page: a tablet that restarts, a reload, a colleague who signs in between.
 *
 * A draft belongs to one person and one session, and comes back to that person there. It says when it was typed; a reading
 * that comes back later than that is entered as measured then, not as measured now.
 */

import { el, icon } from "../parts/dom";
import { clockWords } from "../parts/freshness";
import { serverNow } from "../parts/time";
import { currentUser } from "./send";

const OLDEST_MS = 12 * 3_600_000;
/** Typed so long ago, a value is from earlier: the form then asks for the time and the reason. */
const EARLIER_MS = 5 * 60_000;

interface Draft {
  at: number;
  label: string;
  values: Record<string, string>;
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function keyOf(form: HTMLFormElement): string {
  return `vigil-draft:${currentUser()}:${form.dataset["session"] ?? ""}`;
}

function controls(form: HTMLFormElement): Control[] {
  return [...form.querySelectorAll<Control>("[data-name], [data-observed-time]")].filter((control) => control.type !== "hidden");
}

function save(form: HTMLFormElement, at: number): void {
  const values: Record<string, string> = {};
  for (const control of controls(form)) {
    if (control instanceof HTMLInputElement && ["radio", "checkbox"].includes(control.type)) {
      if (control.checked) values[control.name] = control.value;
    } else if (control.value !== "" && !control.matches("[data-slot-select]")) values[control.name] = control.value;
  }
  if (Object.keys(values).length === 0) return localStorage.removeItem(keyOf(form));
  const slot = form.querySelector<HTMLSelectElement>("[data-slot-select]");
  if (slot) values[slot.name] = slot.value;
  localStorage.setItem(keyOf(form), JSON.stringify({ at, label: form.dataset["label"] ?? "", values } satisfies Draft));
}

function restore(form: HTMLFormElement, draft: Draft): void {
  for (const control of controls(form)) {
    const value = draft.values[control.name];
    if (value === undefined) continue;
    if (control instanceof HTMLInputElement && ["radio", "checkbox"].includes(control.type)) control.checked = control.value === value;
    else control.value = value;
    control.closest("details")?.setAttribute("open", "");
  }
  if (serverNow().getTime() - draft.at > EARLIER_MS) {
    const earlier = form.querySelector<HTMLInputElement>("[data-earlier]");
    const time = form.querySelector<HTMLInputElement>("[data-observed-time]");
    if (earlier && time) {
      earlier.checked = true;
      earlier.dispatchEvent(new Event("change", { bubbles: true }));
      if (time.value === "") time.value = clockWords(new Date(draft.at));
      earlier.closest("details")?.setAttribute("open", "");
    }
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
  const clear = el("button", { class: "btn btn-link", type: "button" }, "Clear");
  clear.addEventListener("click", () => form.reset());
  const words = `Typed at ${clockWords(new Date(draft.at))} and not saved yet. Check it, then save.`;
  form.querySelector("[data-observation-state]")?.replaceChildren(el("div", { class: "message tone-caution" }, icon("tablet"), el("div", {}, words, " ", clear)));
}

export function watchDrafts(): void {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith("vigil-draft:"))) {
    const { at } = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Draft>;
    if (!at || Date.now() - at > OLDEST_MS) localStorage.removeItem(key);
  }
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-watch-form]")) {
    let first = 0; // When the first figure of this reading was typed.
    const held = localStorage.getItem(keyOf(form));
    if (held && !form.querySelector(".is-invalid")) {
      const draft = JSON.parse(held) as Draft;
      first = draft.at;
      restore(form, draft);
    }
    const changed = (): void => {
      first ||= serverNow().getTime();
      save(form, first);
    };
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("reset", () => {
      first = 0;
      localStorage.removeItem(keyOf(form));
      form.querySelector("[data-observation-state] .tone-caution .btn-link")?.closest(".message")?.remove();
    });
  }
}
