import { setPriority } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { type RawSharpOrder, type RawSharpTask, RENDER_PRIORITY } from "./raw_sharp.ts";

// The priority of the server's render processes, so that other load of the machine affects both sides equally.
setPriority(RENDER_PRIORITY);
sharp.concurrency(1);
sharp.cache(false);

let rendered = 0;

process.on("message", async ({ task, renders, milliseconds }: RawSharpOrder) => {
  const startedAt = performance.now();
  const times: number[] = [];
  for (let started = 0; started < renders; started++) {
    await render(task);
    // A render after the time limit does not count, as with a load generator.
    if (performance.now() - startedAt > milliseconds) break;
    times.push(Date.now() / 1000);
  }
  process.send?.(times);
});

/** Renders like the server: the same options, and a new file for each result. */
async function render({ inputs, folder, format, side, encoder }: RawSharpTask): Promise<void> {
  const input = inputs[rendered++ % inputs.length];
  await sharp(input, { failOn: "error", autoOrient: true })
    .resize(side, side, { fit: "inside", fastShrinkOnLoad: format !== "jpeg" })
    .toFormat(format, encoder)
    .toFile(join(folder, crypto.randomUUID()));
}
