/** From a form to the body of one observation. Empty is left out: not measured is not zero. */

import { serverNow, skewMs } from "../parts/time";

export type Body = Record<string, unknown>;
type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Set a dotted key: "cadss_items.4" makes {cadss_items: {"4": …}}. A key that ends in [] gathers a list. */
export function put(body: Body, key: string, value: unknown): void {
  const path = key.replace(/\[\]$/, "").split(".");
  const last = path.pop() as string;
  let place = body;
  for (const part of path) place = (place[part] ??= {}) as Body;
  if (!key.endsWith("[]")) place[last] = value;
  else (place[last] ??= [] as unknown[]) && (place[last] as unknown[]).push(value);
}

/** Read one control; undefined when it says nothing. A figure may be written with a comma. */
export function valueOf(control: Control): unknown {
  if (control instanceof HTMLInputElement && control.type === "radio") return control.checked ? typed(control) : undefined;
  if (control instanceof HTMLInputElement && control.type === "checkbox") {
    if (control.dataset["type"] === "bool") return control.checked;
    return control.checked ? typed(control) : undefined;
  }
  return typed(control);
}

function typed(control: Control): unknown {
  const text = control.value.trim();
  if (text === "") return undefined;
  switch (control.dataset["type"]) {
    case "int":
      return /^-?\d+$/.test(text) ? Number(text) : text; // What is no figure goes as it is: the server says why not.
    case "decimal":
      return /^-?\d+([.,]\d+)?$/.test(text) ? Number(text.replace(",", ".")) : text;
    case "bool":
      return text === "true" || text === "yes" || text === "1";
    case "null":
      return null;
    default:
      return text;
  }
}

/**
 * The moment meant by a wall-clock time "10:32" at a place `offset` minutes east of UTC: today's, or yesterday's when
 * that would lie in the future (a reading before midnight entered after it).
 */
export function momentOf(clock: string, offset: number, now: Date): Date | null {
  const parts = /^(\d{1,2}):(\d{2})$/.exec(clock);
  if (!parts) return null;
  const there = new Date(now.getTime() + offset * 60_000);
  const wall = Date.UTC(there.getUTCFullYear(), there.getUTCMonth(), there.getUTCDate(), Number(parts[1]), Number(parts[2]));
  const moment = new Date(wall - offset * 60_000);
  return moment.getTime() > now.getTime() + 60_000 ? new Date(moment.getTime() - 86_400_000) : moment;
}

function observedAt(form: HTMLFormElement, now: Date): Date {
  const earlier = form.querySelector<HTMLInputElement>("[data-observed-time]:not(:disabled)");
  if (!earlier || earlier.value === "") return now;
  return momentOf(earlier.value, Number(form.dataset["utcOffset"] ?? 0), now) ?? now;
}

/** Gather the body; `confirmed` are the keys whose unusual value the person confirmed. */
export function bodyOf(form: HTMLFormElement, confirmed: readonly string[]): Body {
  const body: Body = {};
  const now = serverNow();
  for (const control of form.querySelectorAll<Control>("[data-name]")) {
    if (control.disabled || control.closest("fieldset:disabled")) continue;
    const value = valueOf(control);
    if (value !== undefined) put(body, control.dataset["name"] as string, value);
  }
  body["observed_at"] = observedAt(form, now).toISOString();
  body["entered_at"] = now.toISOString();
  body["device_now"] = new Date().toISOString();
  body["device_skew_ms"] = skewMs();
  if (confirmed.length > 0) body[form.dataset["confirmedName"] ?? "confirmed"] = [...confirmed];
  return body;
}
