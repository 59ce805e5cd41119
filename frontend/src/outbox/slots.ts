/**
 * The slot of the next reading, and the last values, kept true on <form data-watch-form> from the JSON in #watch-facts.
 *
 * While nothing was typed the clock chooses the slot, online or not: what is due now, else what is overdue, else an extra
 * reading. What waits on this tablet counts as done. A person's own choice is never changed under their hands.
 */

import { everySecond, serverNow } from "../parts/time";
import { outboxState, type OutboxState } from "./send";

export interface Slot {
  minute: number;
  word: string;
  state: string;
  wanted: string;
  opens_at: string | null;
  due_at: string | null;
  closes_at: string | null;
}

interface Facts {
  slots: Slot[];
  last: Record<string, { text: string; seen_at: string }>;
}

const OPEN = ["UPCOMING", "DUE", "OVERDUE"];

function at(moment: string | null): number {
  return moment ? Date.parse(moment) : Number.NaN;
}

/** How a slot stands now; `kept` are the minutes of readings that wait on this tablet. */
export function stateNow(slot: Slot, now: number, kept: ReadonlySet<number>): "done" | "kept" | "later" | "due" | "overdue" {
  if (!OPEN.includes(slot.state)) return "done";
  if (kept.has(slot.minute)) return "kept";
  const [opens, closes] = [at(slot.opens_at), at(slot.closes_at)];
  if (Number.isNaN(opens) || now < opens) return "later";
  return Number.isNaN(closes) || now <= closes ? "due" : "overdue";
}

/** The slot a reading taken now most likely belongs to; null: none, an extra reading. */
export function slotNow(slots: readonly Slot[], now: number, kept: ReadonlySet<number>): Slot | null {
  const standing = slots.map((slot) => ({ slot, state: stateNow(slot, now, kept) }));
  const due = standing.find(({ state }) => state === "due");
  if (due) return due.slot;
  const overdue = standing.filter(({ state }) => state === "overdue");
  return overdue.length > 0 ? overdue.reduce((one, other) => (at(one.slot.due_at) >= at(other.slot.due_at) ? one : other)).slot : null;
}

function optionWords(slot: Slot, now: number, kept: ReadonlySet<number>): string {
  const minutes = Math.floor(Math.abs(now - at(slot.due_at)) / 60_000);
  switch (stateNow(slot, now, kept)) {
    case "due":
      return now < at(slot.due_at) - 30_000 ? `${slot.word}, due in ${minutes + 1} min` : `${slot.word}, due now`;
    case "overdue":
      return `${slot.word}, overdue ${minutes} min`;
    case "kept":
      return `${slot.word}, kept on this tablet`;
    case "done":
      return slot.state === "MISSED" ? `${slot.word}, missed` : `${slot.word}, again`;
    default:
      return Number.isNaN(at(slot.due_at)) ? slot.word : `${slot.word}, in ${minutes + 1} min`;
  }
}

function ageWords(seenAt: number, now: number): string {
  const minutes = Math.floor((now - seenAt) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min ago`;
}

class SlotKeeper {
  #facts: Facts = { slots: [], last: {} };
  #kept: ReadonlySet<number> = new Set();
  #touched = false;
  readonly #select: HTMLSelectElement;

  constructor(readonly form: HTMLFormElement) {
    this.#select = form.querySelector<HTMLSelectElement>("[data-slot-select]") as HTMLSelectElement;
    const asked = form.querySelector(".is-invalid") !== null; // Shown again by the server: what was chosen stays.
    this.#touched = asked;
    form.addEventListener("input", () => this.#touch());
    form.addEventListener("change", () => {
      this.#touch();
      this.#show();
    });
    form.addEventListener("reset", () => {
      this.#touched = false;
      delete form.dataset["touched"];
      queueMicrotask(() => this.#choose());
    });
    document.addEventListener("vigil:outbox", (event) => this.#heard((event as CustomEvent<OutboxState>).detail));
    document.addEventListener("vigil:replaced", () => this.#read());
    document.addEventListener("htmx:afterSwap", () => this.#read());
    void outboxState().then((state) => this.#heard(state));
    this.#read();
    everySecond(() => this.#choose());
  }

  #touch(): void {
    this.#touched = true;
    this.form.dataset["touched"] = "";
  }

  #read(): void {
    const text = document.getElementById("watch-facts")?.textContent;
    if (text) this.#facts = JSON.parse(text) as Facts;
    this.form.toggleAttribute("data-slots-known", this.#facts.slots.length > 0);
    this.#choose();
  }

  #heard(state: OutboxState): void {
    const here = state.waiting.filter((entry) => entry.session === this.form.dataset["session"]);
    this.#kept = new Set(here.map((entry) => entry.body["slot_minute"]).filter((minute) => typeof minute === "number"));
    this.#choose();
  }

  #choose(): void {
    const now = serverNow().getTime();
    for (const slot of this.#facts.slots) {
      const option = [...this.#select.options].find((entry) => entry.value === String(slot.minute)) ?? this.#add(slot);
      const words = optionWords(slot, now, this.#kept);
      if (option.textContent !== words) option.textContent = words;
    }
    if (!this.#touched && this.#facts.slots.length > 0) {
      const chosen = slotNow(this.#facts.slots, now, this.#kept);
      this.#select.value = chosen ? String(chosen.minute) : "";
    }
    this.#show();
  }

  #add(slot: Slot): HTMLOptionElement {
    const option = new Option(slot.word, String(slot.minute));
    option.dataset["slotLabel"] = slot.word;
    this.#select.insertBefore(option, this.#select.options[this.#select.options.length - 1] ?? null);
    return option;
  }

  #show(): void {
    const now = serverNow().getTime();
    const slot = this.#facts.slots.find((entry) => String(entry.minute) === this.#select.value) ?? null;
    const wanted = slot?.wanted.split(" ") ?? [];
    for (const part of this.form.querySelectorAll<HTMLElement>("[data-of]")) {
      const measure = part.dataset["of"] as string;
      part.toggleAttribute("data-wanted", wanted.includes(measure));
      this.#showLast(part, measure, now);
    }
    this.#showLate(slot, now);
  }

  #showLast(part: HTMLElement, measure: string, now: number): void {
    const last = this.#facts.last[measure];
    const words = last ? `Last ${last.text}, ${ageWords(at(last.seen_at), now)}` : "No earlier value";
    let place = part.querySelector<HTMLElement>(".measure__last");
    if (!place) {
      place = document.createElement("p");
      place.className = "measure__last";
      part.querySelector(".measure__box")?.after(place);
    }
    if (place.textContent !== words) place.textContent = words;
  }

  /** A slot whose tolerance has passed asks why; unless the reading is said to be from earlier, which asks by itself. */
  #showLate(slot: Slot | null, now: number): void {
    const box = this.form.querySelector<HTMLElement>("[data-late-box]");
    if (!box) return;
    const earlier = this.form.querySelector<HTMLInputElement>("[data-earlier]")?.checked === true;
    const late = slot !== null && at(slot.closes_at) < now && slot.minute >= 0 && !earlier;
    box.hidden = !late;
    for (const field of box.querySelectorAll<HTMLSelectElement>("select")) {
      field.disabled = !late;
      field.required = late;
    }
  }
}

export function watchSlots(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-watch-form]")) new SlotKeeper(form);
}
