/** What is kept on this tablet until the server has it: one IndexedDB table, in the order of entry. */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";

export interface Reason {
  code: string;
  message: string;
  field: string;
}

/** One observation on its way. `body` never changes: a repeat is the same request with the same content. */
export interface Kept {
  order?: number;
  id: string;
  url: string;
  /** Words for people: "Chair 2, 40 min". */
  label: string;
  session: string;
  /** Who entered it. Only this person's sign-in sends it: the record carries the name of the sender. */
  user: string;
  body: Record<string, unknown>;
  keptAt: string;
  state: "waiting" | "refused";
  reasons: Reason[];
}

interface Schema extends DBSchema {
  outbox: { key: number; value: Kept; indexes: { id: string } };
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>("vigil", 1, {
    upgrade(fresh) {
      const store = fresh.createObjectStore("outbox", { keyPath: "order", autoIncrement: true });
      store.createIndex("id", "id", { unique: true });
    },
  });
  return opened;
}

export async function keep(entry: Kept): Promise<void> {
  await (await database()).add("outbox", entry);
  // Ask once that the browser does not clear us out under pressure; the answer changes nothing here.
  void navigator.storage?.persist?.();
}

export async function allKept(): Promise<Kept[]> {
  return (await database()).getAll("outbox");
}

export async function update(entry: Kept): Promise<void> {
  await (await database()).put("outbox", entry);
}

export async function letGo(order: number): Promise<void> {
  await (await database()).delete("outbox", order);
}
