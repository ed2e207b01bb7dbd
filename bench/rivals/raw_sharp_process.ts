import { setPriority } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { type RawSharpOrder, type RawSharpTask, RENDER_PRIORITY } from "./raw_sharp.ts";

// As the render processes of the server: beside other work of the machine all of them get the same.
setPriority(RENDER_PRIORITY);
sharp.concurrency(1);
sharp.cache(false);

let rendered = 0;

process.on("message", async ({ task, renders, milliseconds }: RawSharpOrder) => {
  const startedAt = performance.now();
  const times: number[] = [];
  for (let started = 0; started < renders; started++) {
    await render(task);
    // What is not finished in time does not count, as it does not to a generator of load.
    if (performance.now() - startedAt > milliseconds) break;
    times.push(Date.now() / 1000);
  }
  process.send?.(times);
});

/** As the server does: the same options, a new file for each result. */
async function render({ inputs, folder, format, side, encoder }: RawSharpTask): Promise<void> {
  const input = inputs[rendered++ % inputs.length];
  await sharp(input, { failOn: "error", autoOrient: true })
    .resize(side, side, { fit: "inside" })
    .toFormat(format, encoder)
    .toFile(join(folder, crypto.randomUUID()));
}
