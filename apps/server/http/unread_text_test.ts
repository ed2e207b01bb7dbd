import { expect, test } from "bun:test";
import { streamText } from "./unread_text.ts";

const REQUEST = new Request("http://localhost/");
const MEGABYTE = "x".repeat(1_000_000);

/** Lets the producer run as far as it goes without the client. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
}

/** Returns a stream of that many megabytes, how many were produced, and whether the producer has ended. */
function megabytes(count: number) {
  const state = { produced: 0, hasEnded: false };
  async function* texts() {
    try {
      for (; state.produced < count; state.produced++) yield MEGABYTE;
    } finally {
      state.hasEnded = true;
    }
  }
  return { stream: streamText(REQUEST, texts()), state };
}

test("streamText() joins short texts, and encodes them as UTF-8", async () => {
  async function* texts() {
    yield* ["ä", "", "😀"];
  }
  const reader = streamText(REQUEST, texts()).getReader();
  await manyTurns();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("ä😀");
  expect((await reader.read()).done).toBe(true);
});

test("streamText() takes texts without a reader, up to a limit, and goes on once there is room", async () => {
  const { stream, state } = megabytes(100);
  await manyTurns();
  expect(state.produced).toBe(32);
  const reader = stream.getReader();
  for (let read = 0; read < 2; read++) await reader.read();
  await manyTurns();
  expect(state.produced).toBe(34);
  await reader.cancel();
  expect(state.hasEnded).toBe(true);
});

test("streamText() sends all texts before the error of their producer", async () => {
  async function* texts() {
    yield "before";
    throw new Error("no more");
  }
  const reader = streamText(REQUEST, texts()).getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("before");
  await expect(reader.read()).rejects.toThrow("no more");
});

test("streamText() ends its producer when the client leaves before it reads", async () => {
  const { stream, state } = megabytes(100);
  await manyTurns();
  await stream.cancel();
  expect([state.produced, state.hasEnded]).toEqual([32, true]);
});
