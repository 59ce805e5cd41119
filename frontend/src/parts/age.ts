/** <vigil-age data-at="ISO">3 minutes ago</vigil-age>: the age in words, kept true. Not announced. */

import { define } from "./dom";
import { everySecond, serverNow } from "./time";

const count = (figure: number, word: string): string => `${figure} ${word}${figure === 1 ? "" : "s"} ago`;

export function ageWords(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return count(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? count(hours, "hour") : count(Math.floor(hours / 24), "day");
}

class VigilAge extends HTMLElement {
  #stop: (() => void) | undefined;

  connectedCallback(): void {
    const at = Date.parse(this.dataset["at"] ?? "");
    if (Number.isNaN(at)) return;
    this.setAttribute("aria-live", "off");
    this.#stop = everySecond(() => {
      const words = ageWords(serverNow().getTime() - at);
      if (this.textContent !== words) this.textContent = words;
    });
  }

  disconnectedCallback(): void {
    this.#stop?.();
  }
}

define("vigil-age", VigilAge);
