/**
 * <form data-observation data-url="/api/v1/observations/{uuid}" data-session="uuid" data-label="Chair 2, 40 min" …>
 *
 * Submitting keeps the observation on this tablet first and sends it then. Without script the form posts as any other.
 */

import { announce, el, icon } from "../parts/dom";
import { reveal } from "../parts/page";
import { bodyOf } from "./body";
import { keep } from "./kept";
import { checkLimits, watchLimits } from "./limits";
import { currentUser, drain, outboxState, type OutboxState, tell } from "./send";

/** A random identifier also where the page is not served over TLS (crypto.randomUUID is missing there). */
export function uuid(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function say(form: HTMLFormElement, tone: string, sign: string, words: string, reasons: string[] = []): void {
  const place = form.querySelector<HTMLElement>("[data-observation-state]");
  const list = reasons.length > 0 ? el("ul", { class: "mb-0" }, ...reasons.map((reason) => el("li", {}, reason))) : null;
  place?.replaceChildren(el("div", { class: `message tone-${tone}` }, icon(sign), el("div", {}, words, list)));
  announce(words);
}

/** Follow one entry until the server has it or refuses it. */
function follow(form: HTMLFormElement, id: string): void {
  const heard = (event: Event): void => {
    const state = (event as CustomEvent<OutboxState>).detail;
    const refused = state.refused.find((entry) => entry.id === id);
    if (refused) {
      say(form, "danger", "alert", "Refused, needs attention", refused.reasons.map((reason) => reason.message));
    } else if (state.waiting.some((entry) => entry.id === id)) {
      const words = state.link === "signed-out" ? "Kept on this tablet. Sign in again to send it." : "Kept on this tablet. It is sent when the connection is back.";
      if (state.link === "signed-out" || state.link === "offline") say(form, "caution", "tablet", words);
      return;
    } else {
      say(form, "good", "check-circle", "Saved to server");
      if (form.dataset["after"] === "reload") location.reload();
    }
    document.removeEventListener("vigil:outbox", heard);
  };
  document.addEventListener("vigil:outbox", heard);
  void outboxState();
}

function nothingEntered(form: HTMLFormElement): boolean {
  const needed = form.dataset["needsAny"]?.split(" ") ?? [];
  if (needed.length === 0) return false;
  const controls = [...form.querySelectorAll<HTMLInputElement>("[data-name]")].filter((control) =>
    needed.some((prefix) => (control.dataset["name"] as string).startsWith(prefix)),
  );
  return controls.every((control) => control.disabled || (control.matches("[type=radio], [type=checkbox]") ? !control.checked : control.value.trim() === ""));
}

async function submitted(form: HTMLFormElement): Promise<void> {
  const { confirmed, blocking } = checkLimits(form);
  if (blocking) {
    (blocking.querySelector<HTMLElement>(".measure__confirm button") ?? blocking.querySelector("input"))?.focus();
    return announce(blocking.querySelector("[data-message]")?.textContent ?? "A value needs attention");
  }
  if (nothingEntered(form)) return say(form, "danger", "alert", "Nothing was entered yet");
  if (!form.reportValidity()) return;
  const id = uuid();
  const body = bodyOf(form, confirmed);
  const slot = form.querySelector<HTMLElement>("[data-slot-label]:checked, option[data-slot-label]:checked")?.dataset["slotLabel"];
  try {
    await keep({
      id,
      url: (form.dataset["url"] ?? "").replace("{uuid}", id),
      label: [form.dataset["label"], slot].filter(Boolean).join(", "),
      session: form.dataset["session"] ?? "",
      user: currentUser(),
      body,
      keptAt: body["entered_at"] as string,
      state: "waiting",
      reasons: [],
    });
  } catch {
    // The tablet cannot keep anything (private window, full disk): let the browser post the form itself.
    form.dataset["plain"] = "";
    return form.requestSubmit();
  }
  say(form, "caution", "tablet", "Kept on this tablet");
  form.reset();
  for (const input of form.querySelectorAll<HTMLInputElement>("[data-confirmed]")) delete input.dataset["confirmed"];
  checkLimits(form);
  reveal(document);
  form.dispatchEvent(new CustomEvent("vigil:kept", { bubbles: true, detail: { id } }));
  follow(form, id);
  await tell();
  await drain();
}

export function watchForms(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-observation]")) {
    form.noValidate = true;
    watchLimits(form);
    form.addEventListener("submit", (event) => {
      if ("plain" in form.dataset) return;
      event.preventDefault();
      if ("busy" in form.dataset) return;
      form.dataset["busy"] = "";
      void submitted(form).finally(() => delete form.dataset["busy"]);
    });
  }
}
