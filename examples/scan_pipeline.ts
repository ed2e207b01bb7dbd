import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fromFile, ProgImage } from "../packages/client/mod.ts";

// bun examples/scan_pipeline.ts http://127.0.0.1:3000 FOLDER
// It may be killed at any time and run again within a day: each file is stored once, under a key made from its name.
const [baseUrl = "", folder = ""] = process.argv.slice(2);
const client = new ProgImage({ baseUrl });
const names = await readdir(folder);

const batch = client.images.uploadAll(
  names.map((name) => ({
    source: fromFile(join(folder, name)),
    idempotencyKey: `scan-${encodeURIComponent(name)}`,
    metadata: { scannedFrom: name },
  })),
  { tags: ["scan"], onProgress: ({ done, total }) => console.log(`${done} of ${total}`) },
);
const { failed, problems } = await batch;
for (const { detail } of problems) console.error(detail);
process.exitCode = failed > 0 ? 1 : 0;
