import { appendFileSync, readdirSync, readlinkSync, writeSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { choice, text } from "../../transform/contract/param.ts";
import { definePlugin } from "../../transform/contract/plugin.ts";
import { defineTransform, type StepContext } from "../../transform/contract/transform.ts";

/** Acts that end with `Later` do their damage after the next task has begun. */
const ACTS = [
  "note",
  "list",
  "listLater",
  "sharp",
  "sharpLater",
  "fixed",
  "files",
  "filesLater",
  "forge",
  "settings",
] as const;

const LIST_PROTOTYPE = Object.getPrototypeOf([]) as object;

/** A plugin that damages the process in which it runs, for tests that the pool survives it. */
export default definePlugin({
  name: "@progimage/testing-vandal-plugin",
  transforms: [
    defineTransform({
      name: "vandal",
      version: 1,
      summary: "Harms its process",
      params: { act: choice(ACTS), path: text({ optional: true }) },
      shorthand: "act",
      apply: (image, { act, path }, context) => {
        if (act === "note") appendFileSync(path ?? "", `${process.pid}\n`);
        if (act === "list") breakLists();
        if (act === "listLater") process.once("message", breakLists);
        if (act === "sharp") breakSharp(context);
        if (act === "sharpLater") process.once("message", () => breakSharp(context));
        if (act === "fixed") Object.defineProperty(LIST_PROTOTYPE, "extra", { value: 1 });
        if (act === "files") takeAllFiles();
        if (act === "filesLater") process.once("message", takeAllFiles);
        if (act === "forge") forgeReply();
        if (act === "settings") context.sharp.unblock({ operation: ["VipsForeignLoad"] });
        return image;
      },
    }),
  ],
});

function breakLists(): void {
  Object.assign(LIST_PROTOTYPE, { map: () => [] });
}

/** Makes every image written from now on black. */
function breakSharp({ sharp }: StepContext): void {
  const { png } = sharp.prototype;
  sharp.prototype.png = function black(...args: Parameters<typeof png>) {
    return png.call(this.linear(0, 0), ...args);
  };
}

/** Makes the system refuse to open files, as it does when a process has too many open. */
function takeAllFiles(): void {
  spawnSync("prlimit", ["--pid", String(process.pid), "--nofile=3"]);
}

/** Sends the parent a forged reply to its task. */
function forgeReply(): void {
  const result = { width: 1, height: 1, pages: 1, bytes: 1 };
  const line = `${JSON.stringify({ type: "done", result })}\n`;
  for (const name of readdirSync("/proc/self/fd").filter((each) => Number(each) > 2)) {
    try {
      if (readlinkSync(`/proc/self/fd/${name}`).startsWith("socket:")) writeSync(Number(name), line);
    } catch {
      // The descriptor was that of the folder itself.
    }
  }
}
