import { expect, test } from "bun:test";
import { join } from "node:path";
import { rm } from "node:fs/promises";
import { testFolder } from "../testing/testing_folder.ts";
import type { Derivative } from "./derivative_cache.ts";
import { FsDerivativeCache } from "./fs_derivative_cache.ts";
import { HotDerivativeCache } from "./hot_derivative_cache.ts";
import { publishSealed } from "./sealed_file.ts";
import { until } from "../testing/testing_until.ts";

/** Returns a key that begins with the given characters and is otherwise constant. */
function keyOf(name: string): string {
  return `${name.padEnd(32, "0")}-${"a".repeat(64)}`;
}

async function withCaches(
  work: (hot: HotDerivativeCache, files: FsDerivativeCache, folder: string) => Promise<void>,
) {
  await using folder = await testFolder();
  const files = new FsDerivativeCache(folder.path, { capacity: 1_000_000 });
  await files.prepare();
  await work(new HotDerivativeCache(files, { capacity: 1_000, largest: 500 }), files, folder.path);
}

async function keep(cache: HotDerivativeCache, key: string, text: string): Promise<Derivative> {
  const { output, target, keep: keepBytes } = await cache.reserve(key);
  await Bun.write(output, text);
  publishSealed(output, target, text.length);
  return await keepBytes(text.length);
}

/** Whether a derivative is a blob in memory, which answers do not copy. */
const isInMemory = (derivative: Derivative | null) =>
  derivative?.content instanceof Blob && (derivative.content as Bun.BunFile).name === undefined;

const textOf = async (derivative: Derivative | null) =>
  await (derivative?.content as Blob | undefined)?.text();

test("HotDerivativeCache holds small derivatives in memory, once they were found or recalled", () =>
  withCaches(async (hot, files, folder) => {
    expect(isInMemory(await keep(hot, keyOf("aa"), "small"))).toBe(false);
    const again = new HotDerivativeCache(files, { capacity: 1_000 });
    expect(again.recall(keyOf("aa"))?.bytes).toBe(5);
    expect(isInMemory(await hot.find(keyOf("aa")))).toBe(true);
    await until("the render is in memory", () => isInMemory(again.recall(keyOf("aa"))));
    await rm(join(folder, "aa"), { recursive: true });
    for (const cache of [hot, again]) {
      expect(await textOf(await cache.find(keyOf("aa")))).toBe("small");
      expect(await textOf(cache.recall(keyOf("aa")))).toBe("small");
    }
    expect(await files.find(keyOf("aa"))).toBeNull();
  }));

test("HotDerivativeCache does not load large derivatives into memory", () =>
  withCaches(async (hot) => {
    const kept = await keep(hot, keyOf("aa"), "x".repeat(501));
    expect(isInMemory(kept)).toBe(false);
    expect(await textOf(kept)).toBe("x".repeat(501));
    expect(isInMemory(await hot.find(keyOf("aa")))).toBe(false);
  }));

test("HotDerivativeCache keeps to its capacity, and evicts the least recently used", () =>
  withCaches(async (hot, _files, folder) => {
    for (const name of ["aa", "bb", "cc"]) await keep(hot, keyOf(name), name.repeat(200));
    for (const name of ["aa", "bb", "aa", "cc"]) await hot.find(keyOf(name));
    for (const name of ["aa", "bb", "cc"]) await rm(join(folder, name), { recursive: true });
    const found = await Promise.all(["aa", "bb", "cc"].map((name) => hot.find(keyOf(name))));
    expect(found.map((derivative) => derivative !== null)).toEqual([true, false, true]);
  }));

test("HotDerivativeCache forgets the derivatives of a source, or all of an owner, in memory as well", () =>
  withCaches(async (hot) => {
    for (const name of ["aa", "ab"]) {
      await keep(hot, keyOf(name), "small");
      expect(isInMemory(await hot.find(keyOf(name)))).toBe(true);
    }
    expect(await hot.forget([`aa${"0".repeat(30)}`])).toBe(1);
    expect(await hot.find(keyOf("aa"))).toBeNull();
    expect(await hot.sources("ab")).toEqual([`ab${"0".repeat(30)}`]);
    expect(isInMemory(await hot.find(keyOf("ab")))).toBe(true);
    expect(await hot.clear("")).toBe(1);
    expect(await hot.find(keyOf("ab"))).toBeNull();
  }));

test("HotDerivativeCache holds derivatives that were read into memory for a check", () =>
  withCaches(async (hot, _files, folder) => {
    await keep(hot, keyOf("aa"), "small");
    const restarted = new FsDerivativeCache(folder, { capacity: 1_000_000, inMemory: 500 });
    const again = new HotDerivativeCache(restarted, { capacity: 1_000 });
    expect(isInMemory(await again.find(keyOf("aa")))).toBe(true);
    await rm(join(folder, "aa"), { recursive: true });
    expect(isInMemory(again.recall(keyOf("aa")))).toBe(true);
  }));
