/**
 * <vigil-outbox>             one line for the top bar: how many wait, what is refused
 * <vigil-outbox data-list>   every entry with its state and reasons, and what to do about a refusal
 * <vigil-waiting data-session="uuid">  "1 waiting to send" on a chair's tile
 */

import { announce, define, el, icon } from "../parts/dom";
import { type Kept, letGo, update } from "./kept";
import { drain, outboxState, type OutboxState, tell } from "./send";

function count(figure: number, one: string, many: string): string {
  return figure === 1 ? `1 ${one}` : `${figure} ${many}`;
}

/** The line for the top bar: what matters most comes first. */
export function lineOf(state: OutboxState): { words: string; tone: string; icon: string } | null {
  const waiting = state.waiting.length;
  if (state.refused.length > 0)
    return { words: `${count(state.refused.length, "refused", "refused")}, needs attention`, tone: "danger", icon: "alert" };
  if (state.link === "signed-out" && waiting > 0)
    return { words: `Sign in to send ${waiting}`, tone: "danger", icon: "lock" };
  if (waiting > 0)
    return { words: `${waiting} waiting${state.link === "offline" ? ", server not reached" : ""}`, tone: "caution", icon: "tablet" };
  if (state.others.length > 0)
    return { words: `${state.others.length} kept for a colleague`, tone: "caution", icon: "tablet" };
  if (state.link === "offline") return { words: "No connection", tone: "caution", icon: "cloud-off" };
  if (state.link === "online") return { words: "All saved to server", tone: "good", icon: "check-circle" };
  return null;
}

/** What was entered, in the words of the form's keys, so that a refused reading can be entered again. */
function valuesOf(body: Record<string, unknown>): string {
  const times = ["observed_at", "entered_at", "device_now", "device_skew_ms", "session"];
  return Object.entries(body)
    .filter(([key, value]) => !times.includes(key) && ["number", "string", "boolean"].includes(typeof value))
    .map(([key, value]) => `${key.replaceAll("_", " ")} ${String(value)}`)
    .join(", ");
}

function entryRow(entry: Kept, signedOut: boolean): HTMLElement {
  const refused = entry.state === "refused";
  const tone = refused ? "tone-danger" : "tone-caution";
  const word = refused ? "Refused, needs attention" : signedOut ? "Sign in to send" : "Kept on this tablet";
  const kept = new Date(entry.keptAt);
  const row = el(
    "li",
    { class: `outbox__item ${tone}` },
    el("p", {}, el("strong", {}, entry.label)),
    el("span", { class: `status ${tone}` }, icon(refused ? "alert" : "tablet"), word),
    el("p", { class: "muted" }, "Entered ", el("time", { datetime: entry.keptAt }, kept.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }))),
  );
  if (!refused) return row;
  row.append(el("p", { class: "muted outbox__values" }, valuesOf(entry.body)));
  row.append(el("ul", {}, ...entry.reasons.map((reason) => el("li", {}, reason.message))));
  const again = el("button", { class: "btn btn-secondary", type: "button" }, "Send again");
  const remove = el("button", { class: "btn btn-link", type: "button" }, "Remove from this tablet");
  again.addEventListener("click", () => {
    void update({ ...entry, state: "waiting", reasons: [] }).then(drain);
  });
  remove.addEventListener("click", () => {
    // A person's own act, in two presses, never ours.
    if (!("sure" in remove.dataset)) {
      remove.dataset["sure"] = "";
      remove.textContent = "Press again to remove: it was never recorded";
    } else if (entry.order !== undefined) {
      void letGo(entry.order).then(tell);
    }
  });
  row.append(el("div", { class: "actions" }, again, remove));
  return row;
}

class VigilOutbox extends HTMLElement {
  #last = "";
  readonly #heard = (event: Event): void => this.#show((event as CustomEvent<OutboxState>).detail);

  connectedCallback(): void {
    document.addEventListener("vigil:outbox", this.#heard);
    void outboxState().then((state) => this.#show(state));
  }

  disconnectedCallback(): void {
    document.removeEventListener("vigil:outbox", this.#heard);
  }

  #show(state: OutboxState): void {
    if ("list" in this.dataset) return this.#list(state);
    const line = lineOf(state);
    const key = line ? `${line.tone}:${line.words}` : "";
    if (key === this.#last) return;
    const isNews = this.#last !== "" || line?.tone !== "good"; // that all is well is not said anew on every page
    this.#last = key;
    if (!line) return this.replaceChildren();
    this.replaceChildren(el("span", { class: `outbox__state tone-${line.tone}` }, icon(line.icon), line.words));
    if (isNews) announce(line.words);
  }

  #list(state: OutboxState): void {
    const entries = [...state.refused, ...state.waiting];
    const key = JSON.stringify([state.link, entries.map((entry) => [entry.id, entry.state])]);
    if (key === this.#last) return;
    this.#last = key;
    const rows = entries.map((entry) => entryRow(entry, state.link === "signed-out"));
    this.replaceChildren(...(rows.length > 0 ? [el("ul", { class: "outbox__list" }, ...rows)] : []));
  }
}

class VigilWaiting extends HTMLElement {
  readonly #heard = (event: Event): void => this.#show((event as CustomEvent<OutboxState>).detail);

  connectedCallback(): void {
    document.addEventListener("vigil:outbox", this.#heard);
    void outboxState().then((state) => this.#show(state));
  }

  disconnectedCallback(): void {
    document.removeEventListener("vigil:outbox", this.#heard);
  }

  #show(state: OutboxState): void {
    const here = (entry: Kept): boolean => entry.session === this.dataset["session"];
    const refused = state.refused.filter(here).length;
    const waiting = state.waiting.filter(here).length;
    const words = refused > 0 ? `${refused} refused` : waiting > 0 ? `${waiting} waiting to send` : "";
    const tone = refused > 0 ? "tone-danger" : "tone-caution";
    this.replaceChildren(...(words ? [el("span", { class: `status ${tone}` }, icon(refused > 0 ? "alert" : "tablet"), words)] : []));
  }
}

define("vigil-outbox", VigilOutbox);
define("vigil-waiting", VigilWaiting);
