/** Sends what is kept, oldest first, one tab at a time. Nothing is dropped: only the server's yes lets an entry go. */

import { csrfToken } from "../parts/csrf";
import { copyAt } from "../parts/copies";
import { WAITING_KEY } from "../parts/page";
import { measureFromAnswer } from "../parts/time";
import { allKept, type Kept, letGo, type Reason, update } from "./kept";

export type Link = "unknown" | "online" | "offline" | "signed-out" | "locked";

export interface OutboxState {
  link: Link;
  waiting: Kept[];
  refused: Kept[];
  /** Entered by somebody else on this tablet; held until that person signs in. */
  others: Kept[];
}

type Outcome = { kind: "saved"; answer: unknown } | { kind: "keep" } | { kind: "locked" } | { kind: "sign-in" } | { kind: "refused"; reasons: Reason[] };

const TIMEOUT_MS = 8000;
const EVERY_MS = 5000;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("vigil-outbox") : null;
let link: Link = "unknown";
let draining = false;

export function currentUser(): string {
  return document.body.dataset["user"] ?? "";
}

/** A network that answers "later" keeps the entry; one that answers "no" parks it with its reasons. */
async function outcomeOf(answer: Response): Promise<Outcome> {
  if (answer.type === "opaqueredirect") return { kind: "sign-in" };
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return { kind: "saved", answer: body };
  if (answer.status === 423) return { kind: "locked" };
  const reasons = reasonsOf(body, answer.status);
  const denied = answer.status === 403 && reasons.some((reason) => reason.code === "not_allowed");
  if ((answer.status === 401 || answer.status === 403) && !denied) return { kind: "sign-in" };
  if (answer.status >= 500 || [408, 425, 429].includes(answer.status)) return { kind: "keep" };
  return { kind: "refused", reasons };
}

function reasonsOf(body: unknown, status: number): Reason[] {
  const problem = (body ?? {}) as { reasons?: Reason[]; detail?: string; title?: string };
  if (Array.isArray(problem.reasons) && problem.reasons.length > 0) return problem.reasons;
  return [{ code: String(status), message: problem.detail ?? problem.title ?? `The server answered ${status}`, field: "" }];
}

async function sendOne(entry: Kept): Promise<Outcome> {
  try {
    const answer = await fetch(new URL(entry.url, location.origin), {
      method: "PUT",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, application/problem+json",
        "X-CSRFToken": csrfToken(),
        "X-Device-Now": new Date().toISOString(),
      },
      body: JSON.stringify(entry.body),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    measureFromAnswer(answer);
    return await outcomeOf(answer);
  } catch {
    return { kind: "keep" };
  }
}

async function drainLocked(): Promise<void> {
  const mine = (await allKept()).filter((entry) => entry.state === "waiting" && entry.user === currentUser());
  // A page that the server itself gave is word enough that it is reached; a copy of one is not.
  if (mine.length === 0 && (link !== "unknown" || !copyAt())) link = navigator.onLine ? "online" : "offline";
  for (const entry of mine) {
    const outcome = await sendOne(entry);
    if (outcome.kind === "keep") {
      link = "offline";
      break;
    }
    if (outcome.kind === "locked") {
      link = "locked";
      document.dispatchEvent(new CustomEvent("vigil:locked"));
      break;
    }
    if (outcome.kind === "sign-in") {
      link = "signed-out";
      break;
    }
    link = "online";
    if (outcome.kind === "refused") {
      await update({ ...entry, state: "refused", reasons: outcome.reasons });
    } else if (entry.order !== undefined) {
      await letGo(entry.order);
      const detail = { id: entry.id, session: entry.session, answer: outcome.answer };
      document.dispatchEvent(new CustomEvent("vigil:saved", { detail }));
    }
    await tell();
  }
  await tell();
}

/** Send what can be sent now. A second call while one runs, here or in another tab, does nothing. */
export async function drain(): Promise<void> {
  if (draining) return;
  draining = true;
  try {
    if (navigator.locks) {
      await navigator.locks.request("vigil-outbox", { ifAvailable: true }, async (lock) => {
        if (lock) await drainLocked();
        else await tell();
      });
    } else {
      await drainLocked(); // Plain http on a local network has no locks; the server recognizes repeats anyway.
    }
  } finally {
    draining = false;
  }
}

export async function outboxState(): Promise<OutboxState> {
  const all = await allKept();
  const mine = all.filter((entry) => entry.user === currentUser());
  return {
    link,
    waiting: mine.filter((entry) => entry.state === "waiting"),
    refused: mine.filter((entry) => entry.state === "refused"),
    others: all.filter((entry) => entry.user !== currentUser()),
  };
}

/** Let every part of the page, and every other tab, know how things stand. */
export async function tell(): Promise<void> {
  const state = await outboxState();
  localStorage.setItem(WAITING_KEY, String(state.waiting.length + state.refused.length));
  document.dispatchEvent(new CustomEvent<OutboxState>("vigil:outbox", { detail: state }));
  channel?.postMessage("changed");
}

export function startDraining(): void {
  const soon = (): void => void drain();
  const seen = (): void => {
    if (document.visibilityState === "visible") soon();
  };
  window.addEventListener("online", soon);
  window.addEventListener("pageshow", soon);
  window.addEventListener("offline", () => {
    link = "offline";
    void tell();
  });
  document.addEventListener("visibilitychange", seen);
  document.addEventListener("vigil:unlocked", soon);
  channel?.addEventListener("message", () => {
    void outboxState().then((state) => document.dispatchEvent(new CustomEvent("vigil:outbox", { detail: state })));
  });
  window.setInterval(soon, EVERY_MS);
  soon();
}
