import { expect, test } from "bun:test";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "../testing/testing_folder.ts";
import { Spool } from "./spool.ts";

async function* chunks(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

test("Spool.receive() writes, counts and hashes a stream", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1000 });
  const file = await spool.receive(chunks("abc", "", "def"), { limit: 6 });
  expect(file.bytes).toBe(6);
  expect(file.sha256).toBe(new Bun.CryptoHasher("sha256").update("abcdef").digest("hex"));
  expect(await Bun.file(file.path).text()).toBe("abcdef");
  await file[Symbol.asyncDispose]();
  expect(await readdir(folder.path)).toEqual([]);
});

test("Spool.receive() writes a stream that is too large for the buffer, and an empty one", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1_000_000 });
  const texts = Array.from({ length: 100 }, (_, index) => String(index).padStart(3_000, "-"));
  await using large = await spool.receive(chunks(...texts), { limit: 300_000 });
  expect(await Bun.file(large.path).text()).toBe(texts.join(""));
  expect(large.sha256).toBe(new Bun.CryptoHasher("sha256").update(texts.join("")).digest("hex"));
  await using empty = await spool.receive(chunks(), { limit: 1 });
  expect(await Bun.file(empty.path).bytes()).toHaveLength(0);
});

test("Spool.receive() stops at the limit and leaves nothing behind", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1000 });
  let asked = 0;
  async function* endless(): AsyncIterable<Uint8Array> {
    for (;;) {
      asked++;
      yield new Uint8Array(10);
    }
  }
  await expect(spool.receive(endless(), { limit: 25 })).rejects.toMatchObject({
    code: "too_large",
    details: { limit: 25 },
  });
  expect(asked).toBe(3);
  expect(await readdir(folder.path)).toEqual([]);
});

test("Spool.receive() leaves nothing behind when the sender breaks off", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1000 });
  async function* broken(): AsyncIterable<Uint8Array> {
    yield new Uint8Array(10);
    throw new DOMException("gone", "AbortError");
  }
  await expect(spool.receive(broken(), { limit: 100 })).rejects.toThrow("gone");
  expect(await readdir(folder.path)).toEqual([]);
});

test("Spool.receive() reports a storage error when its folder is gone", async () => {
  await using folder = await testFolder();
  const spool = new Spool(join(folder.path, "unmounted"), { capacity: 1_000_000 });
  for (const text of ["small", "large".repeat(50_000)]) {
    const received = spool.receive(chunks(text), { limit: 1_000_000 });
    await expect(received).rejects.toMatchObject({ code: "storage_error" });
  }
});

test("Spool refuses bytes while it is full, and takes them again afterwards", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 10 });
  const first = await spool.receive(chunks("12345678"), { limit: 100 });
  await expect(spool.receive(chunks("1234"), { limit: 100 })).rejects.toMatchObject({ code: "busy" });
  await first[Symbol.asyncDispose]();
  await using second = await spool.receive(chunks("1234"), { limit: 100 });
  expect(second.bytes).toBe(4);
});

test("Spool.sweep() removes only files that were not written to for a while", async () => {
  await using folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: 1000 });
  await using live = await spool.receive(chunks("live"), { limit: 100 });
  const left = spool.newPath();
  await Bun.write(left, "left over");
  await utimes(left, 1000, 1000);
  expect(await spool.sweep(Date.now() - 60_000)).toBe(1);
  expect((await readdir(folder.path)).map((name) => join(folder.path, name))).toEqual([live.path]);
});
