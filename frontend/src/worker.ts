/**
 * The chairside's service worker, served as /sessions/worker.js, so that it sees the pages below /sessions/ and no other.
 *
 * A page is asked of the server first. Without an answer within four seconds the last copy on this tablet is shown, marked
 * with its age. Only pages that the server marks with Vigil-Copy-For are kept, for the person named there alone: a copy
 * for somebody else takes the others' copies away. Style sheets and scripts with a hash in their name come from the store
 * first. Everything else, fragments and the API among them, passes by untouched.
 */

interface Extendable extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface Fetched extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Told extends Extendable {
  readonly data: { kind?: string; pages?: string[]; statics?: string[] } | null;
}
interface Worker {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(kind: "install" | "activate", heard: (event: Extendable) => void): void;
  addEventListener(kind: "fetch", heard: (event: Fetched) => void): void;
  addEventListener(kind: "message", heard: (event: Told) => void): void;
}

const worker = globalThis as unknown as Worker;
const PAGES = "vigil-pages-1";
const STATICS = "vigil-statics-1";
const FOR = "Vigil-Copy-For";
const PATIENCE_MS = 4000;
/** A copy older than a shift shows nothing that still helps. */
const OLDEST_MS = 12 * 3_600_000;
const YOUNG_MS = 120_000;
const MOST_STATICS = 120;
const HASHED = /[.-][0-9a-f]{12}\.\w+$|\/chunks\/[\w-]+-[A-Z0-9]{8}\.js$/;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => worker.clients.claim())));
worker.addEventListener("message", (event) => {
  if (event.data?.kind === "keep") event.waitUntil(keep(event.data.pages ?? [], event.data.statics ?? []));
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(staticFile(request));
  else if (request.mode === "navigate") event.respondWith(page(event));
});

async function tidy(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith("vigil-") && ![PAGES, STATICS].includes(name)) await caches.delete(name);
  }
}

/** The name of a copy: the page's address without what was asked of it. */
function addressOf(address: string): string {
  const url = new URL(address, location.origin);
  return url.origin + url.pathname;
}

function ageOf(copy: Response): number {
  const made = Date.parse(copy.headers.get("Date") ?? "");
  return Number.isNaN(made) ? Number.POSITIVE_INFINITY : Date.now() - made;
}

/** Keep a page the server lets us keep; what was kept for another person goes first. */
async function take(address: string, answer: Response): Promise<void> {
  const whose = answer.headers.get(FOR);
  if (!whose || answer.status !== 200 || answer.redirected) return;
  const store = await caches.open(PAGES);
  for (const key of await store.keys()) {
    const held = await store.match(key);
    if (held && (held.headers.get(FOR) !== whose || ageOf(held) > OLDEST_MS)) await store.delete(key);
  }
  await store.put(addressOf(address), answer);
}

async function copyOf(address: string): Promise<Response | null> {
  const held = await (await caches.open(PAGES)).match(addressOf(address));
  return held && ageOf(held) <= OLDEST_MS ? held : null;
}

async function page(event: Fetched): Promise<Response> {
  const { request } = event;
  const arriving = fetch(request).then(async (answer) => {
    await take(request.url, answer.clone()).catch(() => undefined); // A full disk must not cost the page.
    return answer;
  });
  const arrived = arriving.catch(() => null);
  const copy = await copyOf(request.url);
  if (!copy) return (await arrived) ?? nothingHere();
  const late = new Promise<null>((done) => setTimeout(() => done(null), PATIENCE_MS));
  const first = await Promise.race([arrived, late]);
  if (first && ![502, 503, 504].includes(first.status)) return first;
  event.waitUntil(arrived);
  return marked(copy);
}

/** The copy, saying of itself from when it is: the page's own script words it. */
async function marked(copy: Response): Promise<Response> {
  const at = new Date(Date.parse(copy.headers.get("Date") ?? "")).toISOString();
  const text = (await copy.text()).replace("<html ", `<html data-copy-at="${at}" `);
  const headers = new Headers(copy.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response(text, { headers });
}

async function nothingHere(): Promise<Response> {
  const sheets = (await (await caches.open(STATICS)).keys()).map((key) => key.url);
  const sheet = sheets.filter((url) => /\/app\.(\w+\.)?css$/.test(url)).pop();
  const look = sheet ? `<link rel="stylesheet" href="${sheet}">` : "";
  const words =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>No connection · Vigil</title>${look}</head><body class="shell shell--bare"><main class="page"><div class="errorpage">` +
    `<h1>No connection</h1><p>There is no copy of this page on this tablet. What you entered is kept here and will be sent.</p>` +
    `<p><a class="btn btn-primary" href="/sessions/">All chairs</a></p></div></main></body></html>`;
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'",
  };
  return new Response(words, { status: 503, headers });
}

async function staticFile(request: Request): Promise<Response> {
  const store = await caches.open(STATICS);
  const held = await store.match(request.url);
  if (held && HASHED.test(new URL(request.url).pathname)) return held;
  try {
    const answer = await fetch(request);
    if (answer.status === 200) await store.put(request.url, answer.clone()).catch(() => undefined);
    return answer;
  } catch (fault) {
    if (held) return held;
    throw fault;
  }
}

/** What a page just opened needs to open again without network: itself, its chairs, its style sheets and scripts. */
async function keep(pages: string[], statics: string[]): Promise<void> {
  const store = await caches.open(STATICS);
  for (const address of statics) {
    if (!(await store.match(address))) await store.add(address).catch(() => undefined);
  }
  const files = await store.keys();
  for (const old of files.slice(0, Math.max(0, files.length - MOST_STATICS))) await store.delete(old);
  for (const address of pages) {
    const held = await copyOf(address);
    if (held && ageOf(held) < YOUNG_MS) continue;
    const answer = await fetch(address, { redirect: "manual", cache: "no-store" }).catch(() => null);
    if (!answer) return;
    await take(address, answer).catch(() => undefined);
  }
}
