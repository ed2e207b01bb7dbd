import { expect, test } from "bun:test";
import { unpackTar } from "modern-tar";
import type { ArchiveFile } from "../archive/archive_file.ts";
import { tarAnswer } from "./tar_answer.ts";

const REQUEST = new Request("http://localhost/archives");
const CHUNK = 65_536;

/** Returns a file of that many chunks, and the number of chunks that were taken of it. */
function fileOf(name: string, chunks: number) {
  let taken = 0;
  async function* content() {
    for (; taken < chunks; taken++) yield new Uint8Array(CHUNK).fill(taken);
  }
  const file: ArchiveFile = { name, bytes: chunks * CHUNK, modifiedAt: new Date(0), content: content() };
  return { file, taken: () => taken };
}

function answerOf(make: () => AsyncGenerator<ArchiveFile, void>) {
  const { promise: disposed, resolve } = Promise.withResolvers<void>();
  const held = { [Symbol.asyncDispose]: async () => resolve() };
  return { response: tarAnswer(REQUEST, make(), { fileName: "a.tar", held }), disposed };
}

/** Lets the producer run until it waits for the client. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
}

test("tarAnswer() sends all files, then disposes of the held ones", async () => {
  const { response, disposed } = answerOf(async function* () {
    yield fileOf("a.bin", 1).file;
    yield fileOf("empty.bin", 0).file;
    yield fileOf("b.bin", 5).file;
  });
  expect(response.headers.get("content-type")).toBe("application/x-tar");
  const entries = await unpackTar(await response.bytes());
  expect(entries.map(({ header }) => [header.name, header.size])).toEqual([
    ["a.bin", CHUNK],
    ["empty.bin", 0],
    ["b.bin", 5 * CHUNK],
  ]);
  await disposed;
});

test("tarAnswer() packs only a little ahead of the client", async () => {
  const { file, taken } = fileOf("a.bin", 100);
  const { response, disposed } = answerOf(async function* () {
    yield file;
  });
  const reader = response.body?.getReader();
  await reader?.read();
  await manyTurns();
  expect(taken()).toBeLessThan(10);
  await reader?.cancel();
  await disposed;
});

test("tarAnswer() breaks off at an error, and disposes of the held files", async () => {
  const { response, disposed } = answerOf(async function* () {
    yield fileOf("a.bin", 1).file;
    throw new Error("no second file");
  });
  await expect(response.bytes()).rejects.toThrow("no second file");
  await disposed;
});

test("tarAnswer() ends its producer when the client leaves", async () => {
  const ended = Promise.withResolvers<void>();
  const { response, disposed } = answerOf(async function* () {
    try {
      for (;;) yield fileOf("a.bin", 50).file;
    } finally {
      ended.resolve();
    }
  });
  const reader = response.body?.getReader();
  await reader?.read();
  await manyTurns();
  await reader?.cancel();
  await Promise.all([disposed, ended.promise]);
});
