import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "../testing/testing_folder.ts";
import { isOtherLength, type ObjectStore } from "./object_store.ts";

/** Names that a store must keep apart: an order by bytes, characters that URLs escape, and what looks like a path. */
const KEYS = ["a/é ü", "a/b", "a/B", "a/b%2F", "a/b+c&d=e", "a/\u{10000}", "a/\uffee", "b/.hidden"];

/** The behaviour of every {@linkcode ObjectStore}. Each test gets an empty one. */
export function objectStoreContract(name: string, create: () => Promise<ObjectStore>): void {
  describe(`${name} as an ObjectStore`, () => {
    test("gives back what was put, whole and in parts", async () => {
      const store = await create();
      await put(store, "a/key", "0123456789");
      expect(await text(store, "a/key")).toBe("0123456789");
      expect(await text(store, "a/key", { total: 10, part: { start: 2, end: 5 } })).toBe("234");
      expect(await store.size("a/key")).toBe(10);
      await put(store, "a/key", "other");
      expect([await text(store, "a/key"), await store.size("a/key")]).toEqual(["other", 5]);
    });

    test("puts the beginning of a file, and an empty file", async () => {
      const store = await create();
      await put(store, "begun", "0123456789", 4);
      await put(store, "empty", "");
      expect([await text(store, "begun"), await store.size("empty")]).toEqual(["0123", 0]);
    });

    test("rejects where the file is missing, and leaves what was there", async () => {
      const store = await create();
      await put(store, "a/key", "bytes");
      await expect(store.put("a/key", "/no/such/file", { use: "write" })).rejects.toThrow();
      expect(await text(store, "a/key")).toBe("bytes");
    });

    test("may put the same new object twice, as a try that was repeated does", async () => {
      const store = await create();
      await put(store, "new", "bytes", undefined, true);
      await put(store, "new", "bytes", undefined, true);
      expect(await text(store, "new")).toBe("bytes");
    });

    test("has nothing where nothing was put, or where it was removed", async () => {
      const store = await create();
      await put(store, "gone", "bytes");
      await store.remove("gone", "write");
      await store.remove("never", "background");
      for (const key of ["gone", "never"]) {
        expect([await store.size(key), await store.read(key, { use: "read" })]).toEqual([null, null]);
        expect([await store.readText(key), await store.copy(key, "copy")]).toEqual([null, false]);
      }
    });

    test("tells when an object has another length than its reader knows", async () => {
      const store = await create();
      await put(store, "short", "123");
      for (const part of [undefined, { start: 5, end: 9 }]) {
        const error: unknown = await store
          .read("short", { use: "read", total: 9, part })
          .then(async (found) => await new Response(found?.body).text())
          .catch((thrown: unknown) => thrown);
        expect(isOtherLength(error)).toBe(true);
      }
    });

    test("copies an object, and keeps short texts", async () => {
      const store = await create();
      await put(store, "from", "bytes");
      expect(await store.copy("from", "to/there")).toBe(true);
      expect([await text(store, "from"), await text(store, "to/there")]).toEqual(["bytes", "bytes"]);
      await store.putText("note", "grün");
      expect(await store.readText("note")).toBe("grün");
    });

    test("lists keys of a prefix in the order of their bytes, also behind one of them", async () => {
      const store = await create();
      for (const key of KEYS) await put(store, key, key);
      const sorted = KEYS.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
      const below = sorted.filter((key) => key.startsWith("a/"));
      expect(await keys(store, "a/")).toEqual(below);
      expect(await keys(store, "")).toEqual(sorted);
      expect(await keys(store, "a/", { after: below[2], pageSize: 2 })).toEqual(below.slice(3));
      for (const key of KEYS) expect(await text(store, key)).toBe(key);
      const [entry] = await Array.fromAsync(store.list("b/"));
      expect(entry).toMatchObject({ key: "b/.hidden", bytes: 9 });
      expect(Math.abs(Date.now() - (entry?.modifiedAt ?? 0))).toBeLessThan(60_000);
    });

    test("lists the beginnings of keys, each once", async () => {
      const store = await create();
      for (const key of ["d/ab-1", "d/ab-2", "d/ac-1", "d/b"]) await put(store, key, "");
      expect(await Array.fromAsync(store.beginnings("d/a", "-"))).toEqual(["d/ab-", "d/ac-"]);
    });

    test("has no unfinished uploads of its own to sweep", async () => {
      const store = await create();
      await put(store, "a/key", "bytes");
      expect(await store.sweepUploads("a/", Date.now() + 60_000)).toBe(0);
      expect(await text(store, "a/key")).toBe("bytes");
    });

    test("gives URLs that lead to the bytes, or none", async () => {
      const store = await create();
      await put(store, "a/key", "bytes");
      const url = await store.readUrl("a/key", 60, { "content-type": "image/x-test" });
      if (url === null) return;
      const response = await fetch(url);
      expect([await response.text(), response.headers.get("content-type")]).toEqual([
        "bytes",
        "image/x-test",
      ]);
    });
  });
}

async function put(store: ObjectStore, key: string, content: string, bytes?: number, isNew = false) {
  await using folder = await testFolder();
  const path = join(folder.path, "file");
  await Bun.write(path, content);
  await store.put(key, path, { use: "write", isNew, ...(bytes !== undefined && { bytes }) });
}

async function text(
  store: ObjectStore,
  key: string,
  options: Partial<Parameters<ObjectStore["read"]>[1]> = {},
): Promise<string | null> {
  const found = await store.read(key, { use: "read", ...options });
  if (!found) return null;
  const read = await new Response(found.body).text();
  expect(Buffer.byteLength(read)).toBe(found.bytes);
  return read;
}

async function keys(store: ObjectStore, prefix: string, options = {}): Promise<readonly string[]> {
  return (await Array.fromAsync(store.list(prefix, options))).map(({ key }) => key);
}
