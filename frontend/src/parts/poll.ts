/**
 * <vigil-poll data-url="/fragment/" data-every="5" [data-on-saved]>server-made content</vigil-poll>
 *
 * Asks for the fragment every `data-every` seconds with the last ETag; 304 changes nothing, 200 replaces the content.
 * Rests while the page is hidden, asks again at once when it is seen, comes back online, or (with data-on-saved) an
 * observation reached the server. Focus inside survives by id; while somebody types inside, nothing is replaced.
 */

import { define } from "./dom";
import { measureFromAnswer } from "./time";

declare global {
  interface Window {
    htmx?: { process(element: Element): void };
  }
}

const TIMEOUT_MS = 8000;

class VigilPoll extends HTMLElement {
  #etag: string | null = null;
  #timer = 0;
  #asking = false;
  #failures = 0;
  readonly #now = (): void => void this.#ask();
  readonly #seen = (): void => {
    if (document.visibilityState === "visible") void this.#ask();
  };

  connectedCallback(): void {
    this.#etag = this.dataset["etag"] ?? null;
    document.addEventListener("visibilitychange", this.#seen);
    window.addEventListener("pageshow", this.#seen);
    window.addEventListener("online", this.#now);
    document.addEventListener("vigil:unlocked", this.#now);
    if ("onSaved" in this.dataset) document.addEventListener("vigil:saved", this.#now);
    if ("whileLocked" in this.dataset) return this.#now(); // Nothing is in it yet.
    this.#plan();
  }

  disconnectedCallback(): void {
    window.clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#seen);
    window.removeEventListener("pageshow", this.#seen);
    window.removeEventListener("online", this.#now);
    document.removeEventListener("vigil:unlocked", this.#now);
    document.removeEventListener("vigil:saved", this.#now);
  }

  #plan(): void {
    window.clearTimeout(this.#timer);
    const seconds = Math.max(2, Number(this.dataset["every"] ?? 5));
    // A server in trouble is asked less often: up to eight times the interval.
    this.#timer = window.setTimeout(() => void this.#ask(), seconds * 1000 * Math.min(8, 2 ** this.#failures));
  }

  async #ask(): Promise<void> {
    const url = this.dataset["url"];
    if (!url || this.#asking) return;
    if (document.visibilityState === "hidden") return this.#plan();
    // Nothing of the trial is asked for behind a locked screen.
    if ("locked" in document.body.dataset && !("whileLocked" in this.dataset)) return this.#plan();
    this.#asking = true;
    let reached = false;
    try {
      const headers: Record<string, string> = { "HX-Request": "true", "X-Requested-With": "vigil-poll" };
      if (this.#etag) headers["If-None-Match"] = this.#etag;
      const answer = await fetch(new URL(url, location.origin), {
        headers,
        cache: "no-store",
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      measureFromAnswer(answer);
      reached = answer.status < 500;
      if (answer.status === 423) document.dispatchEvent(new CustomEvent("vigil:locked"));
      if (answer.status === 200) {
        this.#etag = answer.headers.get("ETag");
        this.#replace(await answer.text());
      }
      const signedOut = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
      this.toggleAttribute("data-signed-out", signedOut);
      this.#failures = answer.status === 200 || answer.status === 304 ? 0 : this.#failures + 1;
    } catch {
      this.#failures += 1; // No network: the page keeps what it has and says how old it is elsewhere.
    } finally {
      this.toggleAttribute("data-stale", this.#failures > 0);
      document.dispatchEvent(new CustomEvent("vigil:polled", { detail: { reached } }));
      this.#asking = false;
      if (this.isConnected) this.#plan();
    }
  }

  #replace(markup: string): void {
    const active = document.activeElement;
    const inside = active instanceof HTMLElement && this.contains(active) ? active : null;
    if (inside?.matches("input, textarea, select")) return;
    const opened = [...this.querySelectorAll<HTMLDetailsElement>("details[id][open]")].map((details) => details.id);
    const parsed = new DOMParser().parseFromString(markup, "text/html");
    this.replaceChildren(...parsed.body.childNodes);
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (inside?.id) document.getElementById(inside.id)?.focus({ preventScroll: true });
    window.htmx?.process(this);
    this.dispatchEvent(new CustomEvent("vigil:replaced", { bubbles: true }));
  }
}

define("vigil-poll", VigilPoll);
