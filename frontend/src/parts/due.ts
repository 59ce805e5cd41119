/**
 * <vigil-due data-due-at="ISO" [data-tolerance="minutes"] [data-soon="minutes"] [data-label="Chair 2 blood pressure"]>
 *
 * How soon, in words, with data-state: later, soon (within data-soon, 5), due (within the tolerance), overdue (after it).
 * A change to due or overdue is announced when there is a label; the passing minutes are not.
 */

import { announce, define } from "./dom";
import { everySecond, measureFromPage, serverNow } from "./time";

export type DueState = "later" | "soon" | "due" | "overdue";

export interface Due {
  state: DueState;
  words: string;
}

function minutesWords(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** Say how `dueAt` stands at `now` (milliseconds); tolerance and soon in minutes. */
export function dueAt(dueAtMs: number, nowMs: number, tolerance: number, soon: number): Due {
  const left = (dueAtMs - nowMs) / 60_000;
  if (left > 0) {
    const words = left < 1 ? "due in under 1 min" : `due in ${minutesWords(Math.ceil(left))}`;
    return { state: left <= soon ? "soon" : "later", words };
  }
  if (-left < Math.max(tolerance, 1)) return { state: "due", words: "due now" };
  return { state: "overdue", words: `overdue ${minutesWords(Math.floor(-left))}` };
}

class VigilDue extends HTMLElement {
  #stop: (() => void) | undefined;

  connectedCallback(): void {
    measureFromPage(this.dataset["serverNow"]);
    this.classList.add("due");
    this.#stop = everySecond(() => this.#show());
  }

  disconnectedCallback(): void {
    this.#stop?.();
  }

  #show(): void {
    const at = Date.parse(this.dataset["dueAt"] ?? "");
    if (Number.isNaN(at)) return;
    const tolerance = Number(this.dataset["tolerance"] ?? 0);
    const due = dueAt(at, serverNow().getTime(), tolerance, Number(this.dataset["soon"] ?? 5));
    const before = this.dataset["state"];
    if (this.textContent !== due.words) this.textContent = due.words;
    if (before === due.state) return;
    this.dataset["state"] = due.state;
    const label = this.dataset["label"];
    if (before && label && (due.state === "due" || due.state === "overdue")) announce(`${label}: ${due.words}`);
  }
}

define("vigil-due", VigilDue);
