import { join } from "node:path";
import sharp from "sharp";
import type { RawSharpOrder, RawSharpTask } from "./raw_sharp.ts";

sharp.concurrency(1);
sharp.cache(false);

let rendered = 0;

process.on("message", async (order: RawSharpOrder) => {
  const startedAt = performance.now();
  let finished = 0;
  if (order.kind === "renders") {
    for (; finished < order.count; finished++) await render(order.task);
  } else {
    // What is not finished in time does not count, as it does not to a generator of load.
    for (; performance.now() - startedAt < order.count; finished++) await render(order.task);
    if (performance.now() - startedAt > order.count) finished--;
  }
  process.send?.(finished);
});

/** As the server does: the same options, a new file for each result. */
async function render({ inputs, folder, format, side, encoder }: RawSharpTask): Promise<void> {
  const input = inputs[rendered++ % inputs.length];
  await sharp(input, { failOn: "error", autoOrient: true })
    .resize(side, side, { fit: "inside" })
    .toFormat(format, encoder)
    .toFile(join(folder, crypto.randomUUID()));
}
