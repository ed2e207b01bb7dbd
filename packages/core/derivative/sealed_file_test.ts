import { expect, test } from "bun:test";
import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { flipBit } from "../testing/testing_damage.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { PIECE_BYTES, PieceChecksum } from "./piece_checksum.ts";
import { openSealedFile, publishSealed, SEAL_BYTES, type SealedFile } from "./sealed_file.ts";

/** Seals bytes. Returns the path of the file. */
async function sealed(folder: string, bytes: Uint8Array | string): Promise<string> {
  const [path, target] = [join(folder, "incoming"), join(folder, "kept", crypto.randomUUID())];
  await Bun.write(path, bytes);
  publishSealed(path, target, bytes.length);
  return target;
}

function whole(file: SealedFile | "damaged" | null): SealedFile {
  if (!file || file === "damaged") throw new Error("The file must be whole");
  return file;
}

test("publishSealed() publishes a file whole, and nothing of one that was removed meanwhile", async () => {
  await using folder = await testFolder();
  const file = whole(await openSealedFile(await sealed(folder.path, "bytes")));
  expect([file.bytes, await new Response(file.content).text()]).toEqual([5, "bytes"]);
  const path = join(folder.path, "incoming");
  expect(() => publishSealed(path, join(folder.path, "other"), 5)).toThrow("ENOENT");
  expect(await Bun.file(join(folder.path, "other")).exists()).toBe(false);
});

test("publishSealed() does not seal fewer bytes than there should be", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "incoming");
  await Bun.write(path, "half");
  expect(() => publishSealed(path, join(folder.path, "kept"), 8)).toThrow("must have 8 bytes: it has 4");
  expect(await Bun.file(join(folder.path, "kept")).exists()).toBe(false);
});

test("openSealedFile() notices every bit that has flipped, of the bytes and of the seal", async () => {
  await using folder = await testFolder();
  const path = await sealed(folder.path, "bytes");
  for (let at = 0; at < 5 + SEAL_BYTES; at++) {
    for (const inMemory of [0, 5]) {
      await flipBit(path, at);
      expect(await openSealedFile(path, { inMemory })).toBe("damaged");
      await flipBit(path, at);
      whole(await openSealedFile(path, { inMemory }));
    }
  }
});

test("openSealedFile() reads files of any length piece by piece, or into memory", async () => {
  await using folder = await testFolder();
  for (const length of [1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES + 7]) {
    const bytes = new Uint8Array(length).map((_, index) => (index * 7919) >> 3);
    const path = await sealed(folder.path, bytes);
    for (const inMemory of [0, length]) {
      const { content } = whole(await openSealedFile(path, { inMemory }));
      expect(content instanceof Uint8Array).toBe(inMemory > 0);
      expect(Buffer.compare(await new Response(content).bytes(), bytes)).toBe(0);
    }
    await flipBit(path, length - 1);
    for (const inMemory of [0, length]) expect(await openSealedFile(path, { inMemory })).toBe("damaged");
    await flipBit(path, length - 1);
    await truncate(path, length);
    expect(await openSealedFile(path)).toBe("damaged");
  }
  expect(await openSealedFile(join(folder.path, "none"))).toBeNull();
});

test("openSealedFile() treats the seal of an earlier version as damage", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "old");
  const length = new Uint8Array(new Uint32Array([5]).buffer);
  await Bun.write(path, new Blob(["bytes", "PROGIMG1", length]));
  expect(await openSealedFile(path)).toBe("damaged");
});

test("PieceChecksum.value is XXH3 for one piece, and depends on the order of pieces", () => {
  const checksum = (...pieces: readonly string[]) => {
    const sum = new PieceChecksum();
    for (const piece of pieces) sum.add(new TextEncoder().encode(piece));
    return sum.value;
  };
  // The result of the reference implementation for empty input, with seed 0.
  expect(checksum("")).toBe(0x2d06800538d394c2n);
  expect(checksum("a", "b")).not.toBe(checksum("b", "a"));
  expect(checksum("a", "b")).not.toBe(checksum("ab"));
});
