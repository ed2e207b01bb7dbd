import { describe, expect, test } from "bun:test";
import { chmod, link, mkdir, readdir, rm, symlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { testFolder } from "../../testing/testing_folder.ts";
import { strace, straceObstacle } from "../../testing/testing_strace.ts";
import { fileExchangeContract } from "./file_exchange_contract.ts";
import { FsFileExchange } from "./fs_file_exchange.ts";

const obstacle = await straceObstacle();

if (obstacle) console.log(`The syncs of files that are put somewhere were not tested: ${obstacle}`);

async function plant(path: string, from: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await link(from, path);
}

fileExchangeContract("FsFileExchange", async (folder) => ({
  exchange: new FsFileExchange(folder),
  plant: (name, path) => plant(join(folder, name), path),
}));

fileExchangeContract("FsFileExchange that holds few entries", async (folder) => ({
  exchange: new FsFileExchange(folder, { window: 2 }),
  plant: (name, path) => plant(join(folder, name), path),
}));

test("FsFileExchange never reads or writes through a link, in any part of a path", async () => {
  await using outside = await testFolder();
  await using folder = await testFolder();
  await Bun.write(join(outside.path, "secret.jpg"), "secret");
  await Bun.write(join(folder.path, "real/plain.jpg"), "plain");
  await symlink(outside.path, join(folder.path, "out"));
  await symlink(join(outside.path, "secret.jpg"), join(folder.path, "one.jpg"));
  await symlink(join(outside.path, "new.jpg"), join(folder.path, "two.jpg"));
  await symlink(join(folder.path, "real"), join(folder.path, "inside"));
  const exchange = new FsFileExchange(folder.path);
  expect(await exchange.list("", { limit: 10, after: null })).toEqual(["real/plain.jpg"]);
  for (const prefix of ["out/", "out/s", "inside/"])
    expect(await exchange.list(prefix, { limit: 10, after: null })).toEqual([]);
  for (const name of ["out/secret.jpg", "one.jpg", "two.jpg", "inside/plain.jpg"])
    expect(await exchange.open(name)).toBeNull();
  const path = join(folder.path, "real/plain.jpg");
  for (const name of ["out/a.jpg", "out/deep/a.jpg", "inside/a.jpg", "real/plain.jpg/a.jpg", "real"])
    expect(await exchange.put(name, path).catch((error: unknown) => error)).toMatchObject({
      code: "conflict",
    });
  // A link at the path itself is replaced, not followed.
  await exchange.put("two.jpg", path);
  expect(await readdir(outside.path)).toEqual(["secret.jpg"]);
  expect(await readdir(join(folder.path, "real"))).toEqual(["plain.jpg"]);
  expect(await exchange.list("", { limit: 10, after: null })).toEqual(["real/plain.jpg", "two.jpg"]);
});

test("FsFileExchange always finds a file that is constantly replaced by renames", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "file");
  const contents = ["first", "the second"];
  await Bun.write(path, "first");
  await using _owner = await endlessly(`
    writeFileSync("${path}.new", time % 2 === 0 ? "first" : "the second");
    renameSync("${path}.new", "${path}");
  `);
  const exchange = new FsFileExchange(folder.path);
  for (let time = 0; time < 2_000; time++) {
    const chunks = await Array.fromAsync((await exchange.open("file")) ?? []);
    expect(contents).toContain(Buffer.concat(chunks).toString());
  }
});

test("FsFileExchange reads nothing through a link that alternates with a folder", async () => {
  await using outside = await testFolder();
  await using folder = await testFolder();
  await Bun.write(join(outside.path, "file"), "secret");
  await Bun.write(join(folder.path, "real/file"), "plain");
  await symlink(outside.path, join(folder.path, "link"));
  const path = (name: string) => `"${join(folder.path, name)}"`;
  await using _owner = await endlessly(`
    const [from, back] = time % 2 === 0 ? [${path("real")}, ${path("hidden")}] : [${path("link")}, ${path("aside")}];
    renameSync(from, ${path("place")});
    renameSync(${path("place")}, back);
    renameSync(back, from);
  `);
  const exchange = new FsFileExchange(folder.path);
  let seen = 0;
  for (let time = 0; time < 2_000; time++) {
    const content = await exchange.open("place/file").catch(() => null);
    const chunks = await Array.fromAsync(content ?? []).catch(() => []);
    if (chunks.length > 0) seen++;
    expect(Buffer.concat(chunks).toString()).not.toBe("secret");
  }
  expect(seen).toBeGreaterThan(0);
});

/** Starts a process that changes files in a loop. Resolves after its first round. */
async function endlessly(work: string): Promise<AsyncDisposable> {
  const program = `
    const { renameSync, writeFileSync } = require("node:fs");
    for (let time = 0; ; time++) {
      ${work}
      if (time === 1) console.log("begun");
    }`;
  const owner = Bun.spawn([process.execPath, "--no-orphans", "-e", program], { stdout: "pipe" });
  await owner.stdout.getReader().read();
  return {
    [Symbol.asyncDispose]: async () => {
      owner.kill("SIGKILL");
      await owner.exited;
    },
  };
}

test("FsFileExchange does not write through a link in place of its own folder", async () => {
  await using outside = await testFolder();
  await using folder = await testFolder();
  await symlink(outside.path, join(folder.path, ".progimage-incoming"));
  await Bun.write(join(folder.path, "a"), "a");
  const exchange = new FsFileExchange(folder.path);
  await expect(exchange.put("b", join(folder.path, "a"))).rejects.toThrow("its path must be free");
  expect(await exchange.sweep(Infinity)).toBe(0);
  expect(await readdir(outside.path)).toEqual([]);
});

test("FsFileExchange works in a folder that is given by a link", async () => {
  await using folder = await testFolder();
  await mkdir(join(folder.path, "real"));
  await symlink(join(folder.path, "real"), join(folder.path, "link"));
  await Bun.write(join(folder.path, "a"), "a");
  const exchange = new FsFileExchange(join(folder.path, "link"));
  await exchange.put("x/b", join(folder.path, "a"));
  expect(await exchange.list("x/", { limit: 10, after: null })).toEqual(["x/b"]);
  expect(await exchange.open("x/b")).not.toBeNull();
});

test("FsFileExchange neither waits for a pipe nor reads it", async () => {
  await using folder = await testFolder();
  expect(Bun.spawnSync(["mkfifo", join(folder.path, "pipe.jpg")]).exitCode).toBe(0);
  const exchange = new FsFileExchange(folder.path);
  expect(await exchange.list("", { limit: 10, after: null })).toEqual([]);
  expect(await exchange.open("pipe.jpg")).toBeNull();
});

test("FsFileExchange skips unreadable folders, and reports folders that it may not write", async () => {
  await using folder = await testFolder();
  await Bun.write(join(folder.path, "closed/a.jpg"), "a");
  await Bun.write(join(folder.path, "b.jpg"), "b");
  const exchange = new FsFileExchange(folder.path);
  await chmod(join(folder.path, "closed"), 0o000);
  try {
    // Root ignores permissions.
    const isRoot = process.getuid?.() === 0;
    expect(await exchange.list("", { limit: 10, after: null })).toEqual(
      isRoot ? ["b.jpg", "closed/a.jpg"] : ["b.jpg"],
    );
    const written = await exchange
      .put("closed/c", join(folder.path, "b.jpg"))
      .catch((error: unknown) => error);
    if (!isRoot) expect(written).toMatchObject({ code: "conflict" });
  } finally {
    await chmod(join(folder.path, "closed"), 0o700);
  }
});

test("FsFileExchange reports that its folder is missing, and works once it is there", async () => {
  await using folder = await testFolder();
  const place = join(folder.path, "volume");
  const exchange = new FsFileExchange(place);
  expect(await exchange.list("", { limit: 1, after: null }).catch((error: unknown) => error)).toMatchObject({
    code: "unavailable",
  });
  await mkdir(place);
  expect(await exchange.list("", { limit: 1, after: null })).toEqual([]);
});

test("FsFileExchange sees files that were added to and removed from a cached folder", async () => {
  await using folder = await testFolder();
  const exchange = new FsFileExchange(folder.path, { window: 4 });
  const names = Array.from({ length: 10 }, (_, index) => `${index}.jpg`);
  for (const name of names) await Bun.write(join(folder.path, name), name);
  await age(folder.path);
  expect(await exchange.list("", { limit: 2, after: null })).toEqual(["0.jpg", "1.jpg"]);
  // The modification time is reset, so the cache is used.
  await rm(join(folder.path, "3.jpg"));
  await age(folder.path);
  expect(await exchange.list("", { limit: 2, after: "1.jpg" })).toEqual(["2.jpg", "3.jpg"]);
  await Bun.write(join(folder.path, "21.jpg"), "new");
  expect(await exchange.list("", { limit: 9, after: "1.jpg" })).toEqual([
    "2.jpg",
    "21.jpg",
    ...names.slice(4),
  ]);
});

test("FsFileExchange removes incomplete files, and nothing else", async () => {
  await using folder = await testFolder();
  const exchange = new FsFileExchange(folder.path);
  expect(await exchange.sweep(Date.now())).toBe(0);
  await Bun.write(join(folder.path, "a"), "a");
  await exchange.put("b", join(folder.path, "a"));
  const [old, young] = ["old", "young"].map((name) => join(folder.path, ".progimage-incoming", name));
  for (const path of [old, young]) await Bun.write(path ?? "", "half");
  await age(old ?? "");
  expect(await exchange.sweep(Date.now() - 60_000)).toBe(1);
  expect(await readdir(join(folder.path, ".progimage-incoming"))).toEqual(["young"]);
  expect((await readdir(folder.path)).toSorted()).toEqual([".progimage-incoming", "a", "b"]);
});

async function age(path: string): Promise<void> {
  const time = new Date("2020-01-01T00:00:00Z");
  await utimes(path, time, time);
}

describe.skipIf(obstacle !== null)("FsFileExchange.put()", () => {
  test("resolves after the syncs of its file and of all folders with new names", async () => {
    await using folder = await testFolder();
    await Bun.write(join(folder.path, "a"), "a");
    const place = join(folder.path, "place");
    await mkdir(place);
    const exchange = new FsFileExchange(place);
    await using traced = await strace(process.pid, {
      calls: ["fsync", "openat", "rename"],
      // Slow enough that a promise which does not wait for it resolves first.
      inject: ["fsync:delay_enter=30000"],
    });
    await exchange.put("new/deep/b", join(folder.path, "a"));
    await Bun.write(join(folder.path, "done"), "");
    const calls = await traced.stop();
    const renamed = calls.find(({ name, args }) => name === "rename" && args.includes("/deep/b"));
    const done = calls.find(({ name, args }) => name === "openat" && args.includes("/done"));
    if (!renamed || !done) throw new Error("Cannot find the ends of the put among the calls");
    const isSafe = (path: string, after: number, before: number) =>
      calls.some(
        ({ name, args, result, beganAt, endedAt }) =>
          name === "fsync" &&
          args.includes(path) &&
          Number.parseInt(result) === 0 &&
          beganAt > after &&
          endedAt < before,
      );
    expect(isSafe("/.progimage-incoming/", 0, renamed.beganAt)).toBe(true);
    for (const name of [`${place}>`, "/new>"]) expect(isSafe(name, 0, done.beganAt)).toBe(true);
    expect(isSafe("/new/deep>", renamed.endedAt, done.beganAt)).toBe(true);
  });
});
