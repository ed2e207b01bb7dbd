import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import { fileAnswer } from "./file_answer.ts";

/** Up to this size a result is read into memory. */
const BUFFERED = 1_048_576;

async function fileOf(bytes: number) {
  const folder = await testFolder();
  const path = join(folder.path, "result.png");
  await Bun.write(path, new Uint8Array(bytes).fill(7));
  let disposals = 0;
  const dispose = async () => {
    disposals++;
    await rm(path, { force: true });
  };
  const file = { path, bytes, width: 1, height: 1, pages: 1, [Symbol.asyncDispose]: dispose };
  return { file, disposals: () => disposals, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

test.each([0, BUFFERED, BUFFERED + 1])("fileAnswer() sends %d bytes and removes the file", async (bytes) => {
  await using result = await fileOf(bytes);
  const response = await fileAnswer(result.file, "png");
  expect(response.headers.get("content-type")).toBe("image/png");
  expect(response.headers.get("content-length")).toBe(String(bytes));
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect((await response.bytes()).length).toBe(bytes);
  expect(existsSync(result.file.path)).toBe(false);
});

test("fileAnswer() keeps a large file until it is sent, and removes it when the client leaves", async () => {
  await using result = await fileOf(4 * BUFFERED);
  const reader = (await fileAnswer(result.file, "png")).body?.getReader();
  expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
  expect(result.disposals()).toBe(0);
  await reader?.cancel();
  expect(result.disposals()).toBe(1);
});

test.each([1, BUFFERED + 1])(
  "fileAnswer() disposes of a file of %d bytes that it cannot read",
  async (bytes) => {
    await using result = await fileOf(bytes);
    await rm(result.file.path);
    const sent = fileAnswer(result.file, "png").then((response) => response.bytes());
    await expect(sent).rejects.toMatchObject({ code: "ENOENT" });
    expect(result.disposals()).toBe(1);
  },
);

test("fileAnswer() disposes of a large file that fails while it is sent", async () => {
  await using result = await fileOf(0);
  // The system opens this file, and fails to read the address 0.
  const unreadable = { ...result.file, path: "/proc/self/mem", bytes: BUFFERED + 1 };
  const response = await fileAnswer(unreadable, "png");
  await expect(response.bytes()).rejects.toMatchObject({ code: "EIO" });
  expect(result.disposals()).toBe(1);
});
