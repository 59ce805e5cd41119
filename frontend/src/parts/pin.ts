/**
 * The PIN while the server is not reached: a slow, salted check value of the last PIN that the server accepted here.
 *
 * Short PINs can be tried out by whoever takes the tablet apart, who can read its copies anyway. It opens the page on this
 * tablet only; the server asks again before it takes anything entered after the lock.
 */

const ITERATIONS = 600_000;
const TRIES = 5;

interface Held {
  salt: string;
  check: string;
  tries: number;
}

function keyOf(user: string): string {
  return `vigil-pin:${user}`;
}

export function isPin(secret: string): boolean {
  return /^\d{1,8}$/.test(secret);
}

async function checkValue(pin: string, salt: string): Promise<string> {
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", text.encode(pin), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: text.encode(salt), iterations: ITERATIONS }, key, 256);
  return [...new Uint8Array(bits)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function held(user: string): Held | null {
  const text = localStorage.getItem(keyOf(user));
  return text ? (JSON.parse(text) as Held) : null;
}

/** Whether this tablet can check the person's PIN by itself. */
export function canCheckHere(user: string): boolean {
  return "subtle" in crypto && held(user) !== null;
}

/** The server accepted this PIN: from now on it opens the page here without network as well. */
export async function remember(user: string, pin: string): Promise<void> {
  if (!("subtle" in crypto) || !isPin(pin)) return;
  const salt = [...crypto.getRandomValues(new Uint8Array(16))].join(".");
  const kept: Held = { salt, check: await checkValue(pin, salt), tries: 0 };
  localStorage.setItem(keyOf(user), JSON.stringify(kept));
}

/** Check a PIN without the server; after five wrong ones only the server opens. Returns words when it does not open. */
export async function refusalHere(user: string, pin: string): Promise<string> {
  const kept = held(user);
  if (!kept || !isPin(pin)) return "No connection: here only the PIN opens this screen.";
  if (kept.tries >= TRIES) return "Too many wrong PINs. It opens again once the server is reached.";
  localStorage.setItem(keyOf(user), JSON.stringify({ ...kept, tries: kept.tries + 1 }));
  if ((await checkValue(pin, kept.salt)) !== kept.check) return "The PIN is not right.";
  localStorage.setItem(keyOf(user), JSON.stringify({ ...kept, tries: 0 }));
  return "";
}
