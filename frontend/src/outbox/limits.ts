/**
 * Limits of measured values, as the protocol set them on each input (data-min, data-max, data-soft-min, data-soft-max).
 * Judged when the field is left, never while typing. Outside the hard limits: cannot be right, is not sent. Outside the
 * soft ones: unusual, is sent once the person confirmed it. The server judges again; this only saves a round.
 */

import { el } from "../parts/dom";

type Verdict = { kind: "fine" } | { kind: "hard" | "soft"; message: string };

function limit(input: HTMLInputElement, name: string): number | undefined {
  const text = input.dataset[name];
  return text === undefined || text === "" ? undefined : Number(text);
}

export function judge(input: HTMLInputElement): Verdict {
  const text = input.value.trim().replace(",", ".");
  if (text === "" || input.disabled) return { kind: "fine" };
  const label = input.dataset["label"] ?? "Value";
  const unit = input.dataset["unit"] ? ` ${input.dataset["unit"]}` : "";
  const value = Number(text);
  if (Number.isNaN(value)) return { kind: "hard", message: `${label}: figures only` };
  const [min, max] = [limit(input, "min"), limit(input, "max")];
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    const range = min === undefined ? `at most ${max}` : max === undefined ? `at least ${min}` : `between ${min} and ${max}`;
    return { kind: "hard", message: `${label} must be ${range}${unit}` };
  }
  const [low, high] = [limit(input, "softMin"), limit(input, "softMax")];
  if (low !== undefined && value < low) return { kind: "soft", message: `${label} below ${low}${unit}: confirm or repeat` };
  if (high !== undefined && value > high) return { kind: "soft", message: `${label} above ${high}${unit}: confirm or repeat` };
  return { kind: "fine" };
}

function inputsOf(measure: Element): HTMLInputElement[] {
  return [...measure.querySelectorAll<HTMLInputElement>("input[data-name]")];
}

/** Whether this very value was confirmed; another figure needs another word. */
function isConfirmed(input: HTMLInputElement): boolean {
  return input.dataset["confirmed"] !== undefined && input.dataset["confirmed"] === input.value.trim();
}

const showing = new WeakSet<HTMLElement>();

function show(measure: HTMLElement): void {
  const place = measure.querySelector<HTMLElement>("[data-message]");
  // Taking away a button that has the focus is itself a focusout, which would bring us here again.
  if (!place || showing.has(measure)) return;
  showing.add(measure);
  try {
    render(measure, place);
  } finally {
    showing.delete(measure);
  }
}

function render(measure: HTMLElement, place: HTMLElement): void {
  const inputs = inputsOf(measure);
  const found = inputs.map((input) => ({ input, verdict: judge(input) }));
  const hard = found.find(({ verdict }) => verdict.kind === "hard");
  const soft = found.filter(({ input, verdict }) => verdict.kind === "soft" && !isConfirmed(input));
  for (const { input, verdict } of found) input.setAttribute("aria-invalid", String(verdict.kind === "hard"));
  measure.querySelector(".measure__confirm")?.remove();
  delete measure.dataset["state"];
  place.textContent = "";
  if (hard && hard.verdict.kind !== "fine") {
    measure.dataset["state"] = "hard";
    place.textContent = hard.verdict.message;
  } else if (soft.length > 0) {
    measure.dataset["state"] = "soft";
    place.textContent = soft.map(({ verdict }) => (verdict.kind === "fine" ? "" : verdict.message)).join(". ");
    const values = soft.map(({ input }) => input.value.trim()).join(" / ");
    const confirm = el("button", { type: "button", class: "btn btn-secondary" }, `Confirm ${values}`);
    const repeat = el("button", { type: "button", class: "btn btn-link" }, "Measure again");
    confirm.addEventListener("click", () => {
      for (const { input } of soft) input.dataset["confirmed"] = input.value.trim();
      show(measure);
      inputs.at(-1)?.focus();
    });
    repeat.addEventListener("click", () => {
      for (const input of inputs) input.value = "";
      show(measure);
      inputs[0]?.focus();
    });
    measure.append(el("div", { class: "measure__confirm" }, confirm, repeat));
  } else if (found.some(({ input }) => isConfirmed(input))) {
    place.textContent = "Confirmed";
  }
}

/** Judge a measurement when it is left, and again whenever its figure changes after that. */
export function watchLimits(form: HTMLFormElement): void {
  for (const measure of form.querySelectorAll<HTMLElement>("[data-measure]")) {
    measure.addEventListener("focusout", (event) => {
      const next = event.relatedTarget;
      // Submitting judges everything itself; a message now would move the button from under the finger.
      if (next instanceof HTMLButtonElement && next.type === "submit") return;
      if (!(next instanceof Node && measure.contains(next))) show(measure);
    });
    measure.addEventListener("input", () => {
      if (measure.dataset["state"] === "hard") show(measure);
    });
  }
}

/** Before sending: the keys confirmed, and the first measurement that still stands in the way. */
export function checkLimits(form: HTMLFormElement): { confirmed: string[]; blocking: HTMLElement | null } {
  const confirmed: string[] = [];
  let blocking: HTMLElement | null = null;
  for (const measure of form.querySelectorAll<HTMLElement>("[data-measure]")) {
    show(measure);
    if (measure.dataset["state"] && !blocking) blocking = measure;
    for (const input of inputsOf(measure)) {
      if (isConfirmed(input) && judge(input).kind === "soft") confirmed.push(input.dataset["name"] as string);
    }
  }
  return { confirmed, blocking };
}
