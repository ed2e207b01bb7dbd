import { describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { isProgImageError } from "../error.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { randomNumbers } from "../testing/testing_random.ts";
import { archiveEntries, type ArchiveKind } from "./archive_entries.ts";
import type { ArchiveLimits } from "./archive_entry.ts";
import { paxRecord, tarMember, TAR_END } from "./testing_tar.ts";

interface Unpacked {
  readonly name: string;
  readonly text: string;
}

/** Options for {@linkcode unpack}. */
interface UnpackOptions extends Partial<ArchiveLimits> {
  /** The number of bytes that arrive at a time. */
  readonly pieceBytes?: number;
}

/** Returns the files of an archive. */
async function unpack(
  kind: ArchiveKind,
  archive: Uint8Array,
  { pieceBytes = 65_536, ...limits }: UnpackOptions = {},
): Promise<readonly Unpacked[]> {
  async function* body() {
    for (let at = 0; at < archive.length; at += pieceBytes) yield archive.subarray(at, at + pieceBytes);
  }
  const spool = () => Promise.reject(new Error("A tar needs no disk"));
  const files: Unpacked[] = [];
  for await (const { name, open, skip } of archiveEntries(kind, body(), {
    ...DEFAULT_LIMITS,
    ...limits,
    spool,
  })) {
    const bytes = await open()
      .then((chunks) => Array.fromAsync(chunks))
      .catch(async (error: unknown) => {
        await skip();
        return [Buffer.from(isProgImageError(error) ? error.code : String(error))];
      });
    files.push({ name, text: Buffer.concat(bytes).toString() });
  }
  return files;
}

/** Returns an archive of this number of empty files. */
function emptyFiles(count: number): Buffer {
  return Buffer.concat([...Array.from({ length: count }, (_, number) => tarMember(`${number}`)), TAR_END]);
}

describe.skipIf(Bun.which("tar") === null)("tarEntries() of what GNU tar has packed", () => {
  const long = `${"folder/".repeat(30)}${"long".repeat(40)}.jpg`;
  for (const [format, names] of [
    ["v7", ["a.jpg", "b/c.jpg"]],
    ["ustar", ["a.jpg", `${"folder/".repeat(20)}ü 🦊.jpg`]],
    ["gnu", ["a.jpg", long]],
    ["posix", ["a.jpg", "ü 🦊.jpg", long]],
  ] as const) {
    test(`gives the files of the format ${format}, in pieces of any size`, async () => {
      await using folder = await testFolder();
      const files = names.map((name, index) => ({ name, text: `${index}`.repeat(index * 700 + 1) }));
      for (const { name, text } of files) {
        await mkdir(dirname(join(folder.path, name)), { recursive: true });
        await Bun.write(join(folder.path, name), text);
      }
      const command = ["tar", "-c", `--format=${format}`, ...names];
      const { stdout, exitCode } = Bun.spawnSync(command, { cwd: folder.path });
      expect(exitCode).toBe(0);
      const expected = files.map(({ name, text }) => ({ name: name.split("/").at(-1) ?? "", text }));
      for (const pieceBytes of [1, 511, 512, 700, 65_536]) {
        expect(await unpack("tar", stdout, { pieceBytes })).toEqual(expected);
        expect(await unpack("tar.gz", gzipSync(stdout), { pieceBytes })).toEqual(expected);
      }
    });
  }
});

test("tarEntries() refuses an archive that is cut off anywhere, and reads the whole one", async () => {
  const file = { header: { name: "a.jpg", size: 600, type: "file" }, body: "x".repeat(600) } as const;
  const tar = await packTar([file, { ...file, header: { ...file.header, name: "b.jpg" } }]);
  for (let bytes = 0; bytes < 2 * (512 + 1_024) + 1_024; bytes += 100)
    await expect(unpack("tar", tar.subarray(0, bytes))).rejects.toMatchObject({ code: "invalid_request" });
  expect((await unpack("tar", tar)).map(({ name }) => name)).toEqual(["a.jpg", "b.jpg"]);
});

test("tarEntries() throws the error of the body, also in the middle of a file", async () => {
  const tar = await packTar([{ header: { name: "a.jpg", size: 600, type: "file" }, body: "x".repeat(600) }]);
  const failure = new Error("The client has left");
  async function* body() {
    yield tar.subarray(0, 700);
    throw failure;
  }
  const spool = () => Promise.reject(new Error("A tar needs no disk"));
  const entries = archiveEntries("tar", body(), { ...DEFAULT_LIMITS, spool });
  const { value: entry } = await entries.next();
  await expect(Array.fromAsync((await entry?.open()) ?? [])).rejects.toBe(failure);
  await entry?.skip().catch(() => {});
  await expect(entries.next()).rejects.toBe(failure);
});

test("tarEntries() reads or refuses randomly changed bytes, and fails in no other way", async () => {
  const records = Buffer.from(paxRecord("path", "long.jpg") + paxRecord("size", "5"));
  const [pax, name] = [tarMember("x", records, "x"), tarMember("././@LongLink", Buffer.from("a.jpg\0"), "L")];
  const members = [pax, tarMember("a", Buffer.from("12345")), name, tarMember("b", Buffer.from("1"))];
  const tar = Buffer.concat([...members, TAR_END]);
  const random = randomNumbers(20_261_130);
  for (let round = 0; round < 2_000; round++) {
    const changed = Buffer.from(tar);
    const at = Math.floor(random() * changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    const outcome = await unpack("tar", changed).catch((error: unknown) => error);
    expect({ at, isExpected: Array.isArray(outcome) || isProgImageError(outcome) }).toEqual({
      at,
      isExpected: true,
    });
  }
});

describe("tarEntries() of an archive that is crafted to take long", () => {
  const tooLarge = (limit: number) => ({ code: "too_large", details: { limit } });

  test("stops when there are too many entries for the bytes sent, or too many in total", async () => {
    const packed = gzipSync(emptyFiles(100_000));
    expect(packed.length).toBeLessThan(800_000);
    await expect(unpack("tar.gz", packed)).rejects.toMatchObject(tooLarge(64));
    await expect(unpack("tar.gz", packed, { entryBytes: 1, archiveEntries: 2_000 })).rejects.toMatchObject(
      tooLarge(2_000),
    );
    const few = await unpack("tar.gz", gzipSync(emptyFiles(1_000)));
    expect(few).toHaveLength(1_000);
  });

  test("counts metadata as well, and refuses metadata that is larger than any file needs", async () => {
    const records = Buffer.from(paxRecord("comment", "x").repeat(10_000));
    const members = Array.from({ length: 2_000 }, () => tarMember("x", Buffer.of(), "x"));
    const many = gzipSync(Buffer.concat([...members, emptyFiles(1)]));
    await expect(unpack("tar.gz", many)).rejects.toMatchObject(tooLarge(64));
    const large = Buffer.concat([tarMember("x", Buffer.alloc(1_048_577, records), "x"), emptyFiles(1)]);
    await expect(unpack("tar", large)).rejects.toMatchObject(tooLarge(1_048_576));
  });

  test("gives empty files, of which none can be opened", async () => {
    expect(await unpack("tar", emptyFiles(2))).toEqual([
      { name: "0", text: "invalid_request" },
      { name: "1", text: "invalid_request" },
    ]);
  });

  test("gives other tasks a turn, even if all bytes arrive at once", async () => {
    const count = 6_400;
    let turns = 0;
    let isDone = false;
    const takeTurns = () => {
      turns++;
      if (!isDone) setImmediate(takeTurns);
    };
    setImmediate(takeTurns);
    await unpack("tar", emptyFiles(count), { pieceBytes: Number.MAX_SAFE_INTEGER });
    isDone = true;
    expect(turns).toBeGreaterThan(count / 64 - 10);
  });

  test("keeps no more of a path than a name needs", async () => {
    const path = Buffer.from(paxRecord("path", `${"x".repeat(500_000)}/${"y".repeat(2_000)}`));
    const [file] = await unpack("tar", Buffer.concat([tarMember("p", path, "x"), emptyFiles(1)]));
    expect(file?.name).toBe("y".repeat(1_024));
  });
});
