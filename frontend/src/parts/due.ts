/**
 * <vigil-due data-due-at="ISO" [data-tolerance="minutes"] [data-soon="minutes"] [data-label="Chair 2 blood pressure"]>
 *
 * How soon, in words, with data-state: later, soon (within data-soon, 5), due (within the tolerance), overdue (after it).
 * A change to due or overdue is announced when there is a label; the passing minutes are not.
 * For what becomes possible rather than late: data-word="clears" data-done="clear now" gives "clears in 8 min", then
 * "clear now" with data-state ready. data-seconds counts the last ten minutes as "4:12".
 */

import { announce, define } from "./dom";
import { everySecond, measureFromPage, serverNow } from "./time";

export type DueState = "later" | "soon" | "due" | "overdue" | "ready";

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

/** Say how long until something may be done, and that it may: "ready in 4:12", "ready now". */
export function readyAt(readyAtMs: number, nowMs: number, word: string, done: string, seconds: boolean, soon: number): Due {
  const left = Math.ceil((readyAtMs - nowMs) / 1000);
  if (left <= 0) return { state: "ready", words: done };
  const exact = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  const words = seconds && left < 600 ? exact : minutesWords(Math.ceil(left / 60));
  return { state: left <= soon * 60 ? "soon" : "later", words: `${word} in ${words}` };
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
    const soon = Number(this.dataset["soon"] ?? 5);
    const now = serverNow().getTime();
    const { word, done } = this.dataset;
    const due = word
      ? readyAt(at, now, word, done ?? "now", "seconds" in this.dataset, soon)
      : dueAt(at, now, tolerance, soon);
    const before = this.dataset["state"];
    if (this.textContent !== due.words) this.textContent = due.words;
    if (before === due.state) return;
    this.dataset["state"] = due.state;
    const label = this.dataset["label"];
    if (before && label && ["due", "overdue", "ready"].includes(due.state)) announce(`${label}: ${due.words}`);
  }
}

define("vigil-due", VigilDue);
