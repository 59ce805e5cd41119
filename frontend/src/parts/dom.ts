/** Small words for making elements. No markup from strings: text stays text. */

type Child = Node | string | null | undefined;

/** Make an element with attributes and children; an attribute that is null is left out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | null> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
  made.append(...children.filter((child): child is Node | string => child != null));
  return made;
}

/** Draw one sign of the page's sprite; its address is taken from any sign already on the page. */
export function icon(name: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const drawn = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  const sprite = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "/static/icons.svg";
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#${name}`);
  drawn.append(use);
  return drawn;
}

/** Say something to a screen reader once, politely. Clocks never do this; only a change of state does. */
export function announce(words: string): void {
  const place = document.getElementById("announcer");
  if (place && place.textContent !== words) place.textContent = words;
}

/** Register a custom element once, whichever bundle comes first. */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}
