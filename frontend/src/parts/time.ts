/**
 * The server's time on this device. Clocks are computed from it, never counted, so that a sleeping tab or a
 * tablet whose clock is wrong shows the truth. The skew is measured when the page arrives and corrected by the
 * Date header of every later answer (which also mends a page that came out of the browser's own store).
 */

let skew = 0;
let measured = false;

/** The skew outlives the page: a copy shown without network was made long ago and tells nothing of the time. */
const SKEW_KEY = "vigil-skew";

function setSkew(found: number): void {
  skew = found;
  measured = true;
  localStorage.setItem(SKEW_KEY, String(Math.round(found)));
}

/** Device time to server time, in milliseconds: positive when the device is behind. */
export function skewMs(): number {
  return Math.round(skew);
}

export function serverNow(): Date {
  return new Date(Date.now() + skew);
}

/** Take the skew from the moment at which the server made the page. */
export function measureFromPage(stamp: string | null | undefined): void {
  const at = stamp ? Date.parse(stamp) : Number.NaN;
  if (measured || Number.isNaN(at)) return;
  if (document.documentElement.dataset["copyAt"]) {
    skew = Number(localStorage.getItem(SKEW_KEY) ?? 0);
    return;
  }
  const navigation = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  const arrived = navigation ? performance.timeOrigin + navigation.responseStart : Date.now();
  setSkew(at - arrived);
}

/** Correct the skew from an answer just received. Its Date has whole seconds, so small differences are left alone. */
export function measureFromAnswer(answer: Response): void {
  const at = Date.parse(answer.headers.get("Date") ?? "");
  if (Number.isNaN(at)) return;
  const found = at + 500 - Date.now();
  if (!measured || Math.abs(found - skew) > 2000) setSkew(found);
}

/** Call `tick` at every full second while the page is seen; returns what stops it. */
export function everySecond(tick: () => void): () => void {
  let timer = 0;
  const run = (): void => {
    tick();
    timer = window.setTimeout(run, 1000 - (serverNow().getTime() % 1000) + 5);
  };
  const wake = (): void => {
    if (document.visibilityState === "visible") tick();
  };
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("pageshow", wake);
  run();
  return () => {
    window.clearTimeout(timer);
    document.removeEventListener("visibilitychange", wake);
    window.removeEventListener("pageshow", wake);
  };
}
