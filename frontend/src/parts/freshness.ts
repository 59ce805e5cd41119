/**
 * From when the page is, said in words while the server is not reached or the page is a copy: "As of 14:02, offline."
 * Pages that are no copy say it once a fragment could not be renewed.
 */

import { copyAt } from "./copies";
import { announce, el, icon } from "./dom";
import { serverNow } from "./time";

const RENEWED_KEY = "vigil-renewed";
const RENEW_MS = 30_000;

/** A moment as the clock at the site shows it. */
export function clockWords(at: Date): string {
  const zone = document.querySelector<HTMLMetaElement>("meta[name=site-zone]")?.content;
  const style = { hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat("en-GB", zone ? { ...style, timeZone: zone } : style).format(at);
}

function show(at: Date | null): void {
  const held = document.getElementById("as-of");
  if (!at) return held?.remove();
  const words = `As of ${clockWords(at)}, offline.`;
  if (held?.dataset["words"] === words) return;
  const strip = el(
    "p",
    { class: "asof tone-caution", id: "as-of", "data-words": words },
    icon("cloud-off"),
    el("span", {}, el("strong", {}, words), " What you enter is kept on this tablet and sent later."),
  );
  held?.remove();
  document.querySelector("main")?.prepend(strip);
  announce(words);
}

/** A copy is exchanged for the page itself once the server answers, unless somebody is typing. */
function renew(): void {
  if (document.querySelector("form[data-touched]")) return;
  const last = Number(sessionStorage.getItem(RENEWED_KEY) ?? 0);
  if (Date.now() - last < RENEW_MS) return;
  sessionStorage.setItem(RENEWED_KEY, String(Date.now()));
  location.reload();
}

export function watchFreshness(): void {
  const copied = copyAt();
  let seen = copied ?? serverNow();
  if (copied) show(copied);
  document.addEventListener("vigil:polled", (event) => {
    const { reached } = (event as CustomEvent<{ reached: boolean }>).detail;
    if (!reached) return show(seen);
    if (copied) return renew();
    seen = serverNow();
    show(null);
  });
}
