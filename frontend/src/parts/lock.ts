/**
 * The lock of an idle screen (<body data-lock-after="minutes">, <template id="lock-screen">).
 *
 * Nothing leaves the page: it is hidden, drafts and all, until the person's PIN or password opens it. The server locks the
 * sign-in as well and gives out nothing meanwhile. While it is not reached, the PIN is checked on this tablet if it was used
 * here before; where nothing could open the screen again, it is only covered: a reading that cannot be entered is worse than
 * a number without a name that somebody sees. What was opened without the server is asked for again once it answers.
 */

import { csrfToken } from "./csrf";
import { announce } from "./dom";
import { canCheckHere, refusalHere, remember } from "./pin";
import { clockWords } from "./freshness";
import { serverNow } from "./time";

const LOCKED_KEY = "vigil-locked";
const OWED_KEY = "vigil-unlock-owed";
const SEEN_KEY = "vigil-seen";
const TIMEOUT_MS = 8000;

type Sent = "yes" | "no" | "unreached";

function user(): string {
  return document.body.dataset["user"] ?? "";
}

async function post(url: string, fields: Record<string, string>): Promise<{ sent: Sent; reasons: string }> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken(), "X-Requested-With": "vigil-lock", Accept: "application/json" },
      body: new URLSearchParams(fields),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.status === 204) return { sent: "yes", reasons: "" };
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      location.assign(`/sign-in/?next=${encodeURIComponent(location.pathname)}`); // The sign-in is over: everything typed is kept.
      return { sent: "no", reasons: "" };
    }
    if (answer.status >= 500) return { sent: "unreached", reasons: "" };
    const problem = (await answer.json().catch(() => ({}))) as { reasons?: { message: string }[] };
    return { sent: "no", reasons: (problem.reasons ?? []).map((reason) => reason.message).join(" ") || "That did not open the screen." };
  } catch {
    return { sent: "unreached", reasons: "" };
  }
}

class Lock {
  #seen = Date.now();
  #screen: HTMLElement | null = null;
  #focus: Element | null = null;
  #reached = true;

  constructor(
    readonly after: number,
    readonly template: HTMLTemplateElement,
  ) {
    const acted = (): void => this.#act();
    for (const kind of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) document.addEventListener(kind, acted, { passive: true, capture: true });
    document.addEventListener("vigil:polled", (event) => this.#polled((event as CustomEvent<{ reached: boolean }>).detail.reached));
    document.addEventListener("vigil:locked", () => this.#show());
    document.addEventListener("visibilitychange", () => this.#tick());
    document.addEventListener("submit", (event) => {
      if (!(event.target instanceof HTMLFormElement) || !("lockNow" in event.target.dataset)) return;
      event.preventDefault();
      event.target.closest<HTMLElement>("[popover]")?.hidePopover();
      this.lock("asked");
    });
    window.addEventListener("storage", (event) => {
      if (event.key === LOCKED_KEY) event.newValue === user() ? this.#show() : this.#open();
      if (event.key === SEEN_KEY) this.#seen = Math.max(this.#seen, Number(event.newValue));
    });
    window.setInterval(() => this.#tick(), 1000);
    document.addEventListener("htmx:responseError", (event) => {
      if ((event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr.status === 423) this.#show();
    });
    // Locked in another tab or without the server, or opened without it: no way around it by opening another page.
    const [locked, owed] = [LOCKED_KEY, OWED_KEY].map((key) => localStorage.getItem(key) === user());
    if (document.documentElement.dataset["copyAt"]) locked && this.#show();
    else if (locked || owed) this.lock("offline");
  }

  #act(): void {
    const now = Date.now();
    if (now - this.#seen > 5000) localStorage.setItem(SEEN_KEY, String(now));
    this.#seen = now;
  }

  #tick(): void {
    if (!this.#screen && Date.now() - this.#seen >= this.after * 60_000) this.lock("idle");
  }

  #polled(reached: boolean): void {
    this.#reached = reached;
    if (reached && !this.#screen && localStorage.getItem(OWED_KEY) === user()) this.lock("offline");
    if (this.#screen) this.#word();
  }

  lock(cause: "idle" | "asked" | "offline"): void {
    if (this.#screen) return;
    localStorage.setItem(LOCKED_KEY, user());
    this.#show();
    void post("/lock/", { cause }).then(({ sent }) => {
      this.#reached = sent !== "unreached";
      this.#word();
    });
  }

  #show(): void {
    if (this.#screen) return;
    this.#focus = document.activeElement;
    for (const open of document.querySelectorAll<HTMLElement>("[popover]:popover-open")) open.hidePopover();
    const screen = (this.template.content.cloneNode(true) as DocumentFragment).querySelector<HTMLElement>(".lock");
    if (!screen) return;
    document.body.append(screen);
    document.body.dataset["locked"] = "";
    this.#screen = screen;
    const form = screen.querySelector<HTMLFormElement>("[data-unlock]");
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#unlock(form);
    });
    furnishUnlock(screen);
    this.#word();
    announce("The screen is locked");
  }

  /** Without the server and without a PIN known here nothing could open the screen: then it is only covered. */
  #isCover(): boolean {
    return !this.#reached && !canCheckHere(user());
  }

  #word(): void {
    const form = this.#screen?.querySelector<HTMLFormElement>("[data-unlock]");
    const message = form?.querySelector<HTMLElement>("#lock-message");
    const button = form?.querySelector<HTMLElement>("[type=submit]");
    const input = form?.querySelector<HTMLInputElement>("input[name=secret]");
    if (!form || !message || !button || !input) return;
    const cover = this.#isCover();
    this.#screen?.querySelector("[data-hand-over]")?.toggleAttribute("disabled", !this.#reached);
    input.required = !cover;
    for (const part of form.querySelectorAll<HTMLElement>("[data-secret-label], input[name=secret], [data-other-secret]")) part.toggleAttribute("data-off", cover);
    button.textContent = cover ? "Uncover" : "Open";
    if (cover) message.textContent = "No connection, and no PIN of yours was used on this tablet yet: it is covered, not locked. You are asked who you are once the server answers.";
    else if (message.textContent?.startsWith("No connection")) message.textContent = "";
  }

  async #unlock(form: HTMLFormElement): Promise<void> {
    const input = form.querySelector<HTMLInputElement>("input[name=secret]");
    const message = form.querySelector<HTMLElement>("#lock-message");
    const button = form.querySelector<HTMLElement>("[type=submit]");
    if (!input || !message || form.dataset["busy"] !== undefined) return;
    form.dataset["busy"] = "";
    button?.setAttribute("aria-busy", "true");
    try {
      const secret = input.value;
      if (this.#isCover()) return this.#owe();
      const { sent, reasons } = await post("/locked/", { secret });
      if (sent === "yes") {
        localStorage.removeItem(OWED_KEY);
        this.#done();
        return void remember(user(), secret).catch(() => undefined);
      }
      this.#reached = sent !== "unreached";
      if (sent === "unreached" && !canCheckHere(user())) return this.#word();
      const refusal = sent === "unreached" ? await refusalHere(user(), secret) : reasons;
      if (refusal === "") return this.#owe();
      message.textContent = refusal;
      input.value = "";
      input.focus();
    } finally {
      delete form.dataset["busy"];
      button?.removeAttribute("aria-busy");
    }
  }

  /** Opened without the server: it is told, and asks again, as soon as it answers. */
  #owe(): void {
    localStorage.setItem(OWED_KEY, user());
    this.#done();
    announce(`Opened at ${clockWords(serverNow())} without connection`);
  }

  #done(): void {
    localStorage.removeItem(LOCKED_KEY); // Other tabs hear of it.
    this.#open();
    document.dispatchEvent(new CustomEvent("vigil:unlocked"));
  }

  #open(): void {
    if (!this.#screen) return;
    this.#screen.remove();
    this.#screen = null;
    delete document.body.dataset["locked"];
    this.#act();
    this.#seen = Date.now();
    if (this.#focus instanceof HTMLElement) this.#focus.focus();
  }
}

/** The field takes figures for a PIN; one press makes it take a password. */
function furnishUnlock(root: ParentNode): void {
  const input = root.querySelector<HTMLInputElement>("[data-unlock] input[name=secret]");
  const other = root.querySelector<HTMLElement>("[data-other-secret]");
  if (!input) return;
  input.focus();
  if (!other) return;
  other.hidden = false;
  other.addEventListener("click", () => {
    const figures = input.inputMode === "text";
    input.inputMode = figures ? "numeric" : "text";
    const label = root.querySelector("[data-secret-label]");
    if (label) label.textContent = figures ? "PIN" : "Password";
    other.textContent = figures ? "Use my password" : "Use my PIN";
    input.value = "";
    input.focus();
  });
}

/** The server's own locked page: the PIN it accepts is remembered as on the others. */
function furnishLockedPage(): void {
  const form = document.querySelector<HTMLFormElement>(".shell--locked [data-unlock]");
  if (!form) return;
  furnishUnlock(document);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const secret = String(given.get("secret") ?? "");
    void post("/locked/", { secret }).then(async ({ sent, reasons }) => {
      if (sent === "yes") {
        localStorage.removeItem(LOCKED_KEY);
        localStorage.removeItem(OWED_KEY);
        await remember(user(), secret).catch(() => undefined);
        return location.assign(String(given.get("next") ?? "/"));
      }
      const message = form.querySelector("#lock-message");
      if (message) message.textContent = sent === "unreached" ? "No connection. Try again." : reasons;
      form.querySelector<HTMLInputElement>("input[name=secret]")?.select();
    });
  });
}

export function watchLock(): void {
  if (user() === "") for (const key of [LOCKED_KEY, OWED_KEY]) localStorage.removeItem(key); // Nobody's screen.
  furnishLockedPage();
  const after = Number(document.body.dataset["lockAfter"]);
  const template = document.getElementById("lock-screen");
  // A screen on the wall is never touched: it shows on, and its sign-in is locked for everything else.
  if (document.querySelector("[data-ward]")) return void post("/lock/", { cause: "ward" });
  if (after > 0 && template instanceof HTMLTemplateElement && !document.querySelector(".shell--locked")) new Lock(after, template);
}
