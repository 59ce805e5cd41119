/**
 * <vigil-stepper data-group="6" [data-total="Total"]> around fieldsets marked data-step.
 * Shows one group at a time, with where one stands and how many are answered; the total only where the page asks for it.
 */

import { define, el } from "./dom";

class VigilStepper extends HTMLElement {
  #page = 0;
  #back = el("button", { type: "button", class: "btn btn-secondary" }, "Back");
  #next = el("button", { type: "button", class: "btn btn-secondary" }, "Next");
  #place = el("span", { class: "stepper__place", role: "status" });
  #total = el("output", { class: "stepper__total" });

  connectedCallback(): void {
    if (this.querySelector(".stepper__bar")) return;
    this.append(el("div", { class: "stepper__bar" }, this.#back, this.#next, this.#place, this.#total));
    this.#back.addEventListener("click", () => this.#go(-1));
    this.#next.addEventListener("click", () => this.#go(1));
    this.addEventListener("change", () => this.#show());
    this.closest("form")?.addEventListener("reset", () =>
      queueMicrotask(() => {
        this.#page = 0;
        this.#show();
      }),
    );
    this.#show();
  }

  get #steps(): HTMLFieldSetElement[] {
    return [...this.querySelectorAll<HTMLFieldSetElement>("fieldset[data-step]")];
  }

  #go(by: number): void {
    this.#page += by;
    this.#show();
    const first = this.#steps[this.#page * this.#group()];
    (first?.querySelector<HTMLInputElement>("input:checked") ?? first?.querySelector<HTMLInputElement>("input"))?.focus();
    first?.scrollIntoView({ block: "center" });
  }

  #group(): number {
    return Math.max(1, Number(this.dataset["group"] ?? 6));
  }

  #show(): void {
    const steps = this.#steps;
    const group = this.#group();
    const pages = Math.max(1, Math.ceil(steps.length / group));
    this.#page = Math.min(Math.max(this.#page, 0), pages - 1);
    const from = this.#page * group;
    for (const [index, step] of steps.entries()) step.hidden = index < from || index >= from + group;
    const chosen = [...this.querySelectorAll<HTMLInputElement>("fieldset[data-step] input:checked")];
    this.#place.textContent = `Items ${from + 1} to ${Math.min(from + group, steps.length)} of ${steps.length}, ${chosen.length} answered`;
    this.#back.disabled = this.#page === 0;
    this.#next.disabled = this.#page === pages - 1;
    const label = this.dataset["total"];
    if (label === undefined) return;
    // Part of a scale has no total: unanswered is not zero.
    const sum = chosen.reduce((total, input) => total + Number(input.value), 0);
    this.#total.textContent = chosen.length === steps.length ? `${label} ${sum}` : `${label} --`;
  }
}

define("vigil-stepper", VigilStepper);
