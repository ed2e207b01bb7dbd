import { existsSync, writeSync } from "node:fs";
import { choice, text } from "../../transform/contract/param.ts";
import { definePlugin } from "../../transform/contract/plugin.ts";
import { defineTransform } from "../../transform/contract/transform.ts";
import { until } from "../../testing/testing_until.ts";

/** How long `act=sleep` takes. */
export const SLEEP_MILLISECONDS = 700;

/** The number of lines that `act=chat` prints. */
export const CHAT_LINES = 1_000;

/** Bytes that `act=reserve` allocates without using them. */
export const RESERVED_BYTES = 3 * 2 ** 29;

const ACTS = [
  "nothing",
  "sleep",
  "hold",
  "loop",
  "exit",
  "eat",
  "throw",
  "haunt",
  "forget",
  "hang",
  "reserve",
  "starve",
  "chat",
] as const;

/** A plugin that does everything that a plugin must not do, for tests that the pool survives it. */
export default definePlugin({
  name: "@progimage/testing-plugin",
  transforms: [
    defineTransform({
      name: "act",
      version: 1,
      summary: "Behaves badly",
      params: {
        act: choice(ACTS, { default: "nothing" }),
        /** `act=hold` goes on once there is this file. */
        path: text({ optional: true }),
      },
      shorthand: "act",
      apply: async (image, { act, path = "" }) => {
        if (act === "hold") await until("the job may go on", () => existsSync(path));
        if (act === "sleep") Bun.sleepSync(SLEEP_MILLISECONDS);
        if (act === "loop") for (;;) continue;
        if (act === "exit") process.exit(3);
        if (act === "throw") throw new Error("a plugin's own words");
        if (act === "haunt") setTimeout(() => Promise.reject(new Error("too late")));
        if (act === "forget") return undefined as never;
        if (act === "hang") await new Promise(() => {});
        if (act === "eat") eat();
        if (act === "reserve") reserve();
        if (act === "starve") starve();
        if (act === "chat") console.error("a line of many\n".repeat(CHAT_LINES));
        return image;
      },
    }),
  ],
});

function eat(): void {
  const eaten: Uint8Array[] = [];
  for (;;) eaten.push(new Uint8Array(16_000_000).fill(1));
}

/** Allocates memory that never becomes resident. */
function reserve(): void {
  const reserved = new Uint8Array(RESERVED_BYTES);
  if (reserved[RESERVED_BYTES - 1] !== 0) throw new Error("it must be empty");
}

/** Ends as C++ and Rust programs do when an allocation fails. */
function starve(): void {
  writeSync(2, "terminate called after throwing an instance of 'std::bad_alloc'\n");
  process.abort();
}
