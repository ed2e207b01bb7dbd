import { expect, test } from "bun:test";
import { OPEN_CALLER } from "../access/caller.ts";
import { beginContext } from "../http/request_context.ts";
import { watchRate } from "./minimum_rate.ts";

const PACE = { uploadDeadlineMs: 60_000, uploadIdleMs: 1_500, uploadMinRate: 1_000 };

/** Returns a request, and by how many seconds its connection was extended. */
function watchedRequest() {
  const request = new Request("http://localhost/images");
  const extensions: number[] = [];
  beginContext(request, {
    id: "1",
    caller: OPEN_CALLER,
    keepAlive: (seconds) => extensions.push(seconds),
    awaitClient: () => {},
  });
  return { request, extensions };
}

/** Waits for the clock to go on by some milliseconds. */
function spend(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() <= end;);
}

test("watchRate() extends the connection at the first bytes, and then at most twice a second", () => {
  const { request, extensions } = watchedRequest();
  const onProgress = watchRate(request, PACE);
  for (let bytes = 0; bytes < 100; bytes++) onProgress(bytes);
  expect(extensions).toEqual([2]);
});

test("watchRate() refuses a body that takes longer than the deadline", () => {
  const { request, extensions } = watchedRequest();
  const onProgress = watchRate(request, { ...PACE, uploadDeadlineMs: 2 });
  spend(3);
  const message = "Cannot go on with the upload as it must be done within 2 ms";
  expect(() => onProgress(1_000_000)).toThrow(expect.objectContaining({ code: "too_slow", message }));
  expect(extensions).toEqual([]);
});

test("watchRate() refuses a slow body only once the idle time is over", () => {
  const onProgress = watchRate(watchedRequest().request, { ...PACE, uploadIdleMs: 5 });
  onProgress(0);
  spend(6);
  onProgress(1_000_000);
  const message = "Cannot go on with the upload as it must send at least 1000 bytes a second";
  expect(() => onProgress(1)).toThrow(expect.objectContaining({ code: "too_slow", message }));
});
