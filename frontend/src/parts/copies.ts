/** Copies of chairside pages on this tablet: made by the worker, taken away when their reader leaves. */

const PAGES = "vigil-pages-";
const FOR = "Vigil-Copy-For";

/** When the page shown is a copy: the moment at which the server made it. */
export function copyAt(): Date | null {
  const stamp = document.documentElement.dataset["copyAt"];
  return stamp ? new Date(stamp) : null;
}

/** Nobody but the person signed in finds a copy of their own: on a page without anybody, all go. */
export async function forgetCopies(except: string): Promise<void> {
  if (!("caches" in window) || copyAt()) return;
  for (const name of (await caches.keys()).filter((key) => key.startsWith(PAGES))) {
    if (except === "") {
      await caches.delete(name);
      continue;
    }
    const store = await caches.open(name);
    for (const key of await store.keys()) {
      if ((await store.match(key))?.headers.get(FOR) !== except) await store.delete(key);
    }
  }
}

/** Start the worker, and tell it what this page needs to open again without network. */
export async function keepCopies(): Promise<void> {
  if (!("serviceWorker" in navigator) || copyAt()) return;
  // Served from there, its scope is /sessions/: it never sees another app's pages.
  await navigator.serviceWorker.register("/sessions/worker.js");
  const ready = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
  const chairs = [...document.querySelectorAll<HTMLAnchorElement>(".chair__number a")].map((link) => link.pathname);
  ready.active?.postMessage({
    kind: "keep",
    pages: [location.pathname, ...chairs],
    statics: [...new Set(files.filter((url) => url.origin === location.origin && url.pathname.startsWith("/static/")).map((url) => url.origin + url.pathname + url.search))],
  });
}
