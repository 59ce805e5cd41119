/**
 * A pad of figures for <form data-pad>: two taps make a value (tens, then units), one where a few values are usual, and the
 * next value follows by itself. No keyboard covers the form. A value stands in its field only when it is whole.
 *
 * Shown where fingers point; “Keyboard” and “Number pad” change it, and the tablet remembers.
 */

import { announce, el, icon } from "../parts/dom";

const CHOICE_KEY = "vigil-pad";
/** So many values fit as buttons of their own. */
const FEW = 24;

export interface Limits {
  min: number;
  max: number;
  softMin?: number | undefined;
  softMax?: number | undefined;
  decimals: boolean;
}

export interface Layout {
  /** Values that one tap enters; empty where tens and units do. */
  whole: number[];
  /** What is tapped first: tens of a whole number, or the whole of a decimal one. */
  first: number[];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** Which buttons a value needs: a short span up to its upper limit at once, else tens and units. */
export function layoutOf(limits: Limits): Layout {
  const { min, max, softMin, softMax, decimals } = limits;
  if (decimals) {
    const from = Math.max(min, Math.floor((softMin ?? min) - 3));
    return { whole: [], first: range(Math.ceil(from), Math.min(Math.floor(max), Math.ceil((softMax ?? max) + 4))) };
  }
  const top = Math.min(max, softMax ?? max);
  if (softMin !== undefined && top - softMin < FEW && top === max) return { whole: range(Math.max(min, top - FEW + 1), top), first: [] };
  // Tens far from anything usual are left to the keyboard: what is shown must fit beside the form.
  const low = softMin !== undefined ? softMin - 30 : softMax !== undefined ? softMax - 110 : min;
  const high = softMax !== undefined ? softMax + 60 : max;
  return { whole: [], first: range(Math.floor(Math.max(min, low) / 10), Math.floor(Math.min(max, high) / 10)) };
}

function limitsOf(input: HTMLInputElement): Limits {
  const figure = (name: string): number | undefined => (input.dataset[name] ? Number(input.dataset[name]) : undefined);
  return { min: figure("min") ?? 0, max: figure("max") ?? 299, softMin: figure("softMin"), softMax: figure("softMax"), decimals: input.dataset["type"] === "decimal" };
}

class Pad {
  readonly #place = el("div", { class: "pad", role: "group", "aria-label": "Number pad" });
  readonly #other = el("button", { type: "button", class: "pad__switch" });
  #target: HTMLInputElement | null = null;
  #first: number | null = null;

  constructor(readonly form: HTMLFormElement) {
    const wide = matchMedia("(min-width: 64rem)");
    this.#put(wide.matches);
    wide.addEventListener("change", () => this.#put(wide.matches));
    this.#other.addEventListener("click", () => {
      localStorage.setItem(CHOICE_KEY, this.#isOn ? "off" : "on");
      this.#aim(this.#isOn ? this.#next(null) : null);
      this.#furnish();
    });
    for (const input of this.#inputs) {
      input.addEventListener("click", () => this.#isOn && this.#aim(input));
      input.addEventListener("focus", () => this.#isOn && input.value === "" && this.#aim(input));
      input.addEventListener("input", () => input === this.#target && this.#show());
    }
    form.addEventListener("reset", () => queueMicrotask(() => this.#aim(this.#isOn ? this.#next(null) : null)));
    this.#furnish();
    if (this.#isOn) this.#aim(this.#next(null));
  }

  /** Beside the form where there is room, so that no key covers a field; else below the values. */
  #put(wide: boolean): void {
    const beside = wide ? document.querySelector("[data-pad-place]") : null;
    if (beside) beside.append(this.#place);
    else this.form.querySelector(".measures")?.after(this.#place);
    this.#show();
  }

  get #isOn(): boolean {
    const chosen = localStorage.getItem(CHOICE_KEY);
    return chosen ? chosen === "on" : matchMedia("(pointer: coarse)").matches;
  }

  get #inputs(): HTMLInputElement[] {
    return [...this.form.querySelectorAll<HTMLInputElement>(".measures [data-measure] input[data-name]")];
  }

  #furnish(): void {
    for (const input of this.#inputs) input.inputMode = this.#isOn ? "none" : input.dataset["type"] === "decimal" ? "decimal" : "numeric";
    this.#other.replaceChildren(icon(this.#isOn ? "pen" : "list"), this.#isOn ? "Keyboard" : "Number pad");
    this.#show();
  }

  /** The next value to enter: what the slot asks for first, else any that is empty, in the order of the form. */
  #next(after: HTMLInputElement | null): HTMLInputElement | null {
    const inputs = this.#inputs;
    const open = inputs.slice(after ? inputs.indexOf(after) + 1 : 0).filter((input) => input.value === "" && !input.disabled);
    const asked = this.form.querySelector("[data-of][data-wanted]") !== null;
    return open.find((input) => !asked || input.closest("[data-wanted]") !== null) ?? null;
  }

  #aim(target: HTMLInputElement | null): void {
    const before = this.#target;
    if (before) {
      delete before.dataset["padTarget"];
      before.placeholder = "";
    }
    this.#target = target;
    this.#first = null;
    if (target) {
      target.dataset["padTarget"] = "";
      // Not under the pad; the first one waits where the page opens.
      if (before) target.closest("[data-measure]")?.scrollIntoView({ block: "nearest" });
    }
    // Left for good: judged as when a finger goes elsewhere.
    if (before && before.closest("[data-measure]") !== target?.closest("[data-measure]")) {
      before.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
    }
    this.#show();
  }

  #enter(value: string): void {
    const target = this.#target;
    if (!target) return;
    target.value = value;
    target.dispatchEvent(new Event("input", { bubbles: true }));
    announce(`${target.dataset["label"] ?? ""} ${value}`);
    this.#aim(this.#next(target));
  }

  #button(words: string, label: string, pressed: () => void, chosen = false): HTMLButtonElement {
    const made = el("button", { type: "button", class: "pad__key", "aria-label": label, "aria-pressed": chosen ? "true" : null }, words);
    made.addEventListener("pointerdown", (event) => event.preventDefault()); // The field keeps the focus.
    made.addEventListener("click", pressed);
    return made;
  }

  #show(): void {
    const target = this.#target;
    const focused = this.#place.contains(document.activeElement); // Somebody at a keyboard: they stay on the pad.
    this.#place.hidden = target === null;
    if (!target) {
      this.form.querySelector(".measures")?.after(this.#other);
      return this.#place.replaceChildren();
    }
    const limits = limitsOf(target);
    const { whole, first } = layoutOf(limits);
    const unit = target.dataset["unit"] ?? "";
    const so = this.#first === null ? "" : limits.decimals ? `${this.#first}.` : String(this.#first);
    target.placeholder = so ? `${so}_` : "";
    const name = el("strong", {}, target.dataset["label"] ?? "");
    const rows: HTMLElement[] = [el("div", { class: "pad__head" }, name, ` ${unit} `, el("span", { class: "pad__so" }, so ? `${so}_` : target.value), this.#other)];
    if (whole.length > 0) {
      rows.push(el("div", { class: "pad__keys" }, ...whole.map((value) => this.#button(String(value), `${value} ${unit}`, () => this.#enter(String(value))))));
    } else {
      const firsts = first.map((value) => {
        const label = limits.decimals ? `${value} point` : `${value * 10} to ${value * 10 + 9}`;
        const words = limits.decimals ? `${value}.` : `${value}_`;
        return this.#button(words, label, () => this.#begin(value), this.#first === value);
      });
      const lasts = range(0, 9).map((figure) => {
        const key = this.#button(limits.decimals ? `.${figure}` : String(figure), limits.decimals ? `point ${figure}` : `and ${figure}`, () => this.#finish(figure, limits.decimals));
        key.disabled = this.#first === null;
        return key;
      });
      rows.push(el("div", { class: "pad__keys" }, ...firsts), el("div", { class: "pad__keys pad__keys--last" }, ...lasts));
    }
    this.#place.replaceChildren(...rows);
    if (focused) this.#place.querySelector<HTMLElement>(this.#first === null ? ".pad__key" : ".pad__keys--last .pad__key")?.focus();
  }

  #begin(value: number): void {
    this.#first = value;
    this.#show();
  }

  #finish(figure: number, decimals: boolean): void {
    if (this.#first === null) return;
    this.#enter(decimals ? `${this.#first}.${figure}` : String(this.#first * 10 + figure));
  }
}

export function watchPads(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-pad]")) new Pad(form);
}
