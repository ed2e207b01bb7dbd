import { choice } from "../transform/param.ts";
import { definePlugin } from "../transform/plugin.ts";
import { defineTransform } from "../transform/transform.ts";

/** As long as `act=sleep` takes. */
export const SLEEP_MILLISECONDS = 700;

/** A plugin that does all that a plugin should not, for the tests of whoever must survive it. */
export default definePlugin({
  name: "@progimage/testing-plugin",
  transforms: [
    defineTransform({
      name: "act",
      version: 1,
      summary: "Behaves badly",
      params: {
        act: choice(["nothing", "sleep", "loop", "exit", "eat", "throw", "haunt", "forget"], {
          default: "nothing",
        }),
      },
      shorthand: "act",
      apply: (image, { act }) => {
        if (act === "sleep") Bun.sleepSync(SLEEP_MILLISECONDS);
        if (act === "loop") for (;;) continue;
        if (act === "exit") process.exit(3);
        if (act === "throw") throw new Error("a plugin's own words");
        if (act === "haunt") setTimeout(() => Promise.reject(new Error("too late")));
        if (act === "forget") return undefined as never;
        if (act === "eat") eat();
        return image;
      },
    }),
  ],
});

function eat(): void {
  const eaten: Uint8Array[] = [];
  for (;;) eaten.push(new Uint8Array(16_000_000).fill(1));
}
