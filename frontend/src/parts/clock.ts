/** <vigil-clock data-t0="ISO" [data-server-now="ISO"]>: time since the first spray, "T+ 0:25:49". Not announced. */

import { define } from "./dom";
import { everySecond, measureFromPage, serverNow } from "./time";

export function elapsedWords(milliseconds: number): string {
  const sign = milliseconds < 0 ? "-" : "+";
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const two = (figure: number): string => String(figure).padStart(2, "0");
  return `T${sign} ${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

class VigilClock extends HTMLElement {
  #stop: (() => void) | undefined;

  connectedCallback(): void {
    measureFromPage(this.dataset["serverNow"]);
    this.setAttribute("role", "timer");
    this.setAttribute("aria-live", "off");
    this.#stop = everySecond(() => {
      const t0 = Date.parse(this.dataset["t0"] ?? "");
      this.textContent = Number.isNaN(t0) ? "T+ --" : elapsedWords(serverNow().getTime() - t0);
    });
  }

  disconnectedCallback(): void {
    this.#stop?.();
  }
}

define("vigil-clock", VigilClock);
