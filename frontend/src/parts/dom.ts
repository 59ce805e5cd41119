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

const SPACE = "http://www.w3.org/2000/svg";
const signs = new Map<string, Element>();

/** The page's sprite; its address is taken from any sign already on the page. */
function spriteAddress(): string {
  return document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "/static/icons.svg";
}

/** Keep the signs in this page: what it has to say once the network is gone is drawn then, when nothing can be fetched. */
export async function signsKeep(): Promise<void> {
  const answer = await fetch(spriteAddress()).catch(() => null);
  if (!answer?.ok) return;
  const sprite = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  for (const sign of sprite.querySelectorAll("symbol")) signs.set(sign.id, sign);
}

/** Draw one sign of the page's sprite. */
export function icon(name: string): SVGSVGElement {
  const drawn = document.createElementNS(SPACE, "svg");
  const sign = signs.get(name);
  if (sign) {
    for (const { name: key, value } of sign.attributes) if (key !== "id") drawn.setAttribute(key, value);
    drawn.append(...[...sign.children].map((part) => document.importNode(part, true)));
  } else {
    const use = document.createElementNS(SPACE, "use");
    use.setAttribute("href", `${spriteAddress()}#${name}`);
    drawn.append(use);
  }
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
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
