/**
 * <vigil-items> around fieldsets marked data-item: says in [data-items-left] how many are unanswered, and lets a rater
 * answer by digit: the number chooses, and the next unanswered item takes the focus. Nothing is ever chosen beforehand.
 */

import { define } from "./parts/dom";

class VigilItems extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("change", () => this.#show());
    this.addEventListener("input", () => this.#show());
    this.addEventListener("keydown", (event) => this.#digit(event));
    this.#show();
  }

  get #items(): HTMLFieldSetElement[] {
    return [...this.querySelectorAll<HTMLFieldSetElement>("fieldset[data-item]")];
  }

  #answered(item: HTMLFieldSetElement): boolean {
    const typed = item.querySelector<HTMLInputElement>("input:not([type=radio])");
    return typed ? typed.value.trim() !== "" : item.querySelector("input:checked") !== null;
  }

  #digit(event: KeyboardEvent): void {
    const from = event.target;
    if (!(from instanceof HTMLInputElement) || from.type !== "radio" || !/^[0-9]$/.test(event.key)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const item = from.closest<HTMLFieldSetElement>("fieldset[data-item]");
    const choice = [...(item?.querySelectorAll<HTMLInputElement>("input[type=radio]") ?? [])].find(
      (input) => input.value === event.key,
    );
    if (!item || !choice) return;
    event.preventDefault();
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    const items = this.#items;
    const next = items.slice(items.indexOf(item) + 1).find((other) => !this.#answered(other));
    (next?.querySelector<HTMLInputElement>("input") ?? choice).focus();
  }

  #show(): void {
    const place = this.closest("form")?.querySelector<HTMLElement>("[data-items-left]");
    if (!place) return;
    const items = this.#items;
    const left = items.filter((item) => !this.#answered(item)).length;
    place.textContent = left === 0 ? "Every item is answered" : left === 1 ? "1 item left" : `${left} of ${items.length} items left`;
  }
}

define("vigil-items", VigilItems);
