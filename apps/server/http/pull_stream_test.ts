import { expect, test } from "bun:test";
import { STRANGER } from "../access/caller.ts";
import { pullStream } from "./pull_stream.ts";
import { beginContext } from "./request_context.ts";

/** Returns a stream of pieces, and the order of the steps that it takes. */
function streamOf(pieces: readonly string[], failure?: Error) {
  const steps: string[] = [];
  const request = new Request("http://localhost/");
  beginContext(request, {
    id: "1",
    caller: STRANGER,
    keepAlive: (seconds) => steps.push(`wait ${seconds} s`),
    awaitClient: () => steps.push("await client"),
  });
  const left = [...pieces];
  const stream = pullStream(request, {
    next: async () => {
      steps.push("make");
      const piece = left.shift();
      if (piece === undefined && failure) throw failure;
      return piece === undefined ? null : new TextEncoder().encode(piece);
    },
    leave: async (reason) => void steps.push(`left: ${reason}`),
  });
  return { stream, steps };
}

const PIECE = ["wait 255 s", "make", "await client"];

test("pullStream() makes a piece only once the client has room, and lets it take its time", async () => {
  const { stream, steps } = streamOf(["a", "b"]);
  const reader = stream.getReader();
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  expect(steps).toEqual([]);
  await reader.read();
  expect(steps).toEqual(PIECE);
  await reader.read();
  expect((await reader.read()).done).toBe(true);
  expect(steps).toEqual([...PIECE, ...PIECE, ...PIECE]);
});

test("pullStream() breaks off at an error", async () => {
  const { stream } = streamOf(["a"], new Error("no more"));
  await expect(new Response(stream).text()).rejects.toThrow("no more");
});

test("pullStream() tells its source that the client has left", async () => {
  const { stream, steps } = streamOf(["a", "b"]);
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel("closed");
  expect(steps).toEqual([...PIECE, "left: closed"]);
});
