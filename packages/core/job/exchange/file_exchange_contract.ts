import { describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "../../testing/testing_folder.ts";
import { randomNumbers } from "../../testing/testing_random.ts";
import type { FileExchange } from "./file_exchange.ts";

/** An exchange under test, and a way to create files that its callers cannot create. */
export interface FileExchangeUnderTest {
  readonly exchange: FileExchange;
  /** Creates a file as the operator would, under any name. */
  readonly plant: (name: string, path: string) => Promise<void>;
}

/** Makes an empty exchange. The folder is removed after the test. */
export type MakeFileExchange = (folder: string) => Promise<FileExchangeUnderTest>;

/** Sorted by their bytes. A folder's slash sorts after dots and hyphens, and an emoji after characters that UTF-16 sorts it before. */
const NAMES = [
  "a b.jpg",
  "a-b.jpg",
  "a.jpg",
  "a/1.jpg",
  "a/10.jpg",
  "a/2.jpg",
  "a/b/c/d.jpg",
  "a0.jpg",
  "ab/1.jpg",
  "b.jpg",
  "ü.jpg",
  "\uFF5E.jpg",
  "😀.jpg",
] as const;

/** Tests what every {@linkcode FileExchange} must do. */
export function fileExchangeContract(name: string, make: MakeFileExchange): void {
  describe(`${name} keeps the contract of an exchange`, () => {
    async function withFiles(use: (under: TestedFiles) => Promise<void>): Promise<void> {
      await using folder = await testFolder();
      const place = join(folder.path, "place");
      await mkdir(place);
      const { exchange, plant } = await make(place);
      const local = async (content: string | Uint8Array) => {
        const path = join(folder.path, crypto.randomUUID());
        await Bun.write(path, content);
        return path;
      };
      await use({
        exchange,
        put: async (file, content = file, into = exchange) => await into.put(file, await local(content)),
        plant: async (file, content = file) => await plant(file, await local(content)),
        missing: join(folder.path, "missing"),
      });
    }

    test("open() returns the bytes that put() wrote, also after another put()", () =>
      withFiles(async ({ exchange, put }) => {
        for (const content of ["first", "", "the second, which is longer"]) {
          await put("some/where/ä b.jpg", content);
          expect(await textOf(exchange, "some/where/ä b.jpg")).toBe(content);
        }
      }));

    test("open() returns null if there is no file", () =>
      withFiles(async ({ exchange, put }) => {
        await put("a/b.jpg");
        for (const absent of ["a", "a/b.jpg/c", "a/B2.jpg", "c"])
          expect(await exchange.open(absent)).toBeNull();
      }));

    test("of() reaches a tenant's folder alone, and the first tenant reaches all", () =>
      withFiles(async ({ exchange, put, missing }) => {
        const acme = exchange.of("acme");
        for (const name of ["acme/a.jpg", "acme/in/b.jpg", "acme2/c.jpg", "beta/d.jpg", "e.jpg"])
          await put(name);
        expect(await acme.list("", { limit: 10, after: null })).toEqual(["a.jpg", "in/b.jpg"]);
        expect(await acme.list("i", { limit: 10, after: "a.jpg" })).toEqual(["in/b.jpg"]);
        expect(await textOf(acme, "in/b.jpg")).toBe("acme/in/b.jpg");
        for (const absent of ["e.jpg", "acme/a.jpg", "beta/d.jpg"])
          expect(await acme.open(absent)).toBeNull();
        for (const name of ["../e.jpg", "in/../../e.jpg", "/e.jpg", ""]) {
          await expect(acme.open(name)).rejects.toMatchObject({ code: "invalid_parameter" });
          await expect(acme.put(name, missing)).rejects.toMatchObject({ code: "invalid_parameter" });
        }
        await expect(acme.list("../", { limit: 10, after: null })).rejects.toMatchObject({
          code: "invalid_parameter",
        });
        await put("new.jpg", "new", acme);
        expect(await textOf(exchange, "acme/new.jpg")).toBe("new");
        expect(await acme.of("beta").list("", { limit: 10, after: null })).toEqual(["d.jpg"]);
        expect(await acme.of("").list("acme2", { limit: 10, after: null })).toEqual(["acme2/c.jpg"]);
      }));

    test("open() returns megabytes unchanged", () =>
      withFiles(async ({ exchange, put }) => {
        const random = randomNumbers(1);
        const bytes = Uint8Array.from({ length: 3_000_001 }, () => random() * 256);
        await put("large", bytes);
        const hasher = new Bun.CryptoHasher("sha256");
        for await (const chunk of (await exchange.open("large")) ?? []) hasher.update(chunk);
        expect(hasher.digest("hex")).toBe(new Bun.CryptoHasher("sha256").update(bytes).digest("hex"));
      }));

    test("list() returns names in byte order for every page size", () =>
      withFiles(async ({ exchange, put }) => {
        for (const file of NAMES.toReversed()) await put(file);
        for (const limit of [1, 2, 3, 5, 100]) expect(await listAll(exchange, "", limit)).toEqual([...NAMES]);
      }));

    test("list() returns names with a prefix that may end within a name", () =>
      withFiles(async ({ exchange, put }) => {
        for (const file of NAMES) await put(file);
        for (const prefix of [
          "a",
          "a/",
          "a/1",
          "a/b",
          "a/b/c/",
          "ab",
          "b.jpg",
          "b.jpgx",
          "c/d/",
          "😀",
          "a-",
        ]) {
          const wanted = NAMES.filter((file) => file.startsWith(prefix));
          for (const limit of [1, 2, 100]) expect(await listAll(exchange, prefix, limit)).toEqual(wanted);
        }
      }));

    test("list() starts after any text, even one that is no name of a file", () =>
      withFiles(async ({ exchange, put }) => {
        for (const file of NAMES) await put(file);
        const list = (prefix: string, after: string) => exchange.list(prefix, { limit: 100, after });
        expect(await list("", "a/11.jpg")).toEqual(NAMES.slice(5));
        expect(await list("", "a/")).toEqual(NAMES.slice(3));
        expect(await list("a/", "a.jpg")).toEqual(NAMES.slice(3, 7));
        expect(await list("a/", "b.jpg")).toEqual([]);
      }));

    test("list() returns new files at once", () =>
      withFiles(async ({ exchange, put }) => {
        for (const file of ["b", "d", "c/b"]) {
          await put(file);
          expect(await listAll(exchange, "", 100)).toContain(file);
        }
        expect(await listAll(exchange, "", 2)).toEqual(["b", "c/b", "d"]);
      }));

    test("list() skips hidden files and litter of the system", () =>
      withFiles(async ({ exchange, plant }) => {
        const litter = [
          ".DS_Store",
          "a/.DS_Store",
          "a/Thumbs.db",
          "desktop.ini",
          "__MACOSX/a/b.jpg",
          ".git/c",
        ];
        for (const file of [...litter, "a/b.jpg", "._b.jpg"]) await plant(file);
        expect(await listAll(exchange, "", 1)).toEqual(["a/b.jpg"]);
      }));

    test("names and prefixes never lead out of the exchange", () =>
      withFiles(async ({ exchange, put }) => {
        for (const bad of [
          "../a",
          "a/../b",
          "/etc/passwd",
          "a//b",
          "./a",
          "a/.",
          ".hidden/a",
          "a\0b",
          "..",
          "a\nb",
        ]) {
          const refused = { code: "invalid_parameter" };
          expect(await put(bad).catch((error: unknown) => error)).toMatchObject(refused);
          expect(await exchange.open(bad).catch((error: unknown) => error)).toMatchObject(refused);
          const listed = exchange.list(bad, { limit: 1, after: null });
          expect(await listed.catch((error: unknown) => error)).toMatchObject(refused);
        }
        for (const bad of ["", "a/", "x".repeat(256), "\ud800"])
          await expect(put(bad)).rejects.toThrow("Cannot use name");
        expect(await listAll(exchange, "", 10)).toEqual([]);
      }));

    test("put() of a missing file rejects and keeps the existing one", () =>
      withFiles(async ({ exchange, put, missing }) => {
        await put("kept", "as it was");
        for (const file of ["kept", "new"]) await expect(exchange.put(file, missing)).rejects.toThrow();
        expect(await textOf(exchange, "kept")).toBe("as it was");
        expect(await listAll(exchange, "", 10)).toEqual(["kept"]);
      }));

    test("readers never see a partial file during put()", () =>
      withFiles(async ({ exchange, put }) => {
        const contents = ["a", "b"].map((letter) => letter.repeat(2_000_000));
        const writing = (async () => {
          for (let time = 0; time < 20; time++) await put("file", contents[time % 2]);
          return true;
        })();
        let seen = 0;
        for (let isDone = false; !isDone; isDone = await Promise.race([writing, false])) {
          const [found] = await exchange.list("", { limit: 2, after: null });
          if (found === undefined) continue;
          expect(found).toBe("file");
          expect(contents.includes((await textOf(exchange, found)) ?? "")).toBe(true);
          seen++;
        }
        expect(seen).toBeGreaterThan(1);
      }));
  });
}

interface TestedFiles {
  readonly exchange: FileExchange;
  /** Creates a file with a text as its content, by default its own name. */
  readonly put: (name: string, content?: string | Uint8Array, into?: FileExchange) => Promise<void>;
  readonly plant: (name: string, content?: string) => Promise<void>;
  /** A path without a file. */
  readonly missing: string;
}

async function listAll(exchange: FileExchange, prefix: string, limit: number): Promise<readonly string[]> {
  const names: string[] = [];
  for (let page: readonly string[] | null = null; page === null || page.length === limit;) {
    page = await exchange.list(prefix, { limit, after: names.at(-1) ?? null });
    names.push(...page);
  }
  return names;
}

async function textOf(exchange: FileExchange, name: string): Promise<string | null> {
  const content = await exchange.open(name);
  if (!content) return null;
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of content) text += decoder.decode(chunk, { stream: true });
  return text;
}
