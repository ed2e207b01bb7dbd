import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import { type CommandEnd, runCommand } from "../end_to_end/testing_command.ts";

const BROKEN = join(import.meta.dir, "plugins", "broken");

const REMEDY = "Repair the plugin, or take it out of PROGIMAGE_PLUGINS";

/** The end of the line that each start prints. */
const CASES = {
  "never_settles.ts": "its import has not ended after 10 seconds",
  "holds_up.ts": "its import holds up the process",
  "exits.ts": "the process ended with exit code 0",
  "exits_in_server.ts": "its import ended the process",
  "fails_in_render_process.ts": "there is no display",
  "rejects.ts": "something that it left running failed: left behind",
  "wrong_size.ts":
    'Cannot load plugin "wrong-size" as its transform "wide" is wrong: its size must be a function: it is 5',
  "allows_nothing.ts":
    'Cannot load plugin "allows-nothing" as its transform "none" is wrong: its parameter "amount" allows no value as its min 9 is above its max 1',
} as const;

/** Seconds are enough, but a busy machine needs more. */
const LONGEST_MILLISECONDS = 60_000;

describe("a server with a broken plugin", () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let ends: ReadonlyMap<string, CommandEnd & { readonly milliseconds: number }>;
  beforeAll(async () => {
    folder = await testFolder();
    // Concurrently, because the first two wait for their deadline.
    ends = new Map(await Promise.all(Object.keys(CASES).map(start)));
  }, 2 * LONGEST_MILLISECONDS);
  afterAll(() => folder[Symbol.asyncDispose]());

  async function start(plugin: string) {
    const startedAt = performance.now();
    const end = await runCommand({
      PROGIMAGE_PORT: "0",
      PROGIMAGE_DATA_DIR: join(folder.path, plugin),
      PROGIMAGE_PLUGINS: `./${plugin}`,
      PROGIMAGE_PLUGINS_DIR: BROKEN,
      PROGIMAGE_LOG_FORMAT: "json",
      PROGIMAGE_RENDER_PROCESSES: "1",
    });
    return [plugin, { ...end, milliseconds: performance.now() - startedAt }] as const;
  }

  test.each(Object.entries(CASES))("%s does not start, and says why in one line", (plugin, reason) => {
    const { code, errors, milliseconds, output } = ends.get(plugin) ?? { errors: "", output: "" };
    expect(code).toBe(2);
    expect(output).toBe("");
    const lines = errors.trim().split("\n");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toStartWith("Cannot load plugin ");
    expect(lines[0]).toContain(reason);
    expect(lines[0]?.replaceAll("-", "_")).toContain(plugin.replace(".ts", ""));
    expect(lines[0]).toEndWith(REMEDY);
    expect(milliseconds).toBeLessThan(LONGEST_MILLISECONDS);
  });
});
