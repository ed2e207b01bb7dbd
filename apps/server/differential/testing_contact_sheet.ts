import sharp from "sharp";
import type { Input } from "./testing_inputs.ts";
import type { Stage } from "./testing_stage.ts";

const CELL = { width: 130, height: 100 } as const;
const LABEL_WIDTH = 330;
const LINE_HEIGHT = 24;

/** Writes a picture with a row for each example and a column for each input, to be looked at. */
export async function writeContactSheet(stage: Stage, inputs: readonly Input[], path: string): Promise<void> {
  const queries = ["", ...stage.examples.filter((example) => !example.startsWith("compress"))];
  const width = LABEL_WIDTH + inputs.length * CELL.width;
  const height = LINE_HEIGHT + queries.length * CELL.height;
  const cells = await Promise.all(
    queries.flatMap((query, row) =>
      inputs.map(async (input, column) => ({
        input: await cellOf(stage, input, query),
        left: LABEL_WIDTH + column * CELL.width,
        top: LINE_HEIGHT + row * CELL.height,
      })),
    ),
  );
  const labels = [
    ...inputs.map(({ name }, column) => label(name, LABEL_WIDTH + column * CELL.width + 4, 16)),
    ...queries.map((query, row) => label(query || "as it is", 6, LINE_HEIGHT + row * CELL.height + 50)),
  ];
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">${labels.join("")}</svg>`;
  await sharp({ create: { width, height, channels: 3, background: "#c8ccd4" } })
    .composite([...cells, { input: Buffer.from(text), left: 0, top: 0 }])
    .png()
    .toFile(path);
}

async function cellOf(stage: Stage, input: Input, query: string): Promise<Buffer> {
  const { status, bytes } = await stage.render(await stage.store(input), query, "png");
  const size = { width: CELL.width - 6, height: CELL.height - 6 };
  if (status !== 200)
    return await sharp({ create: { ...size, channels: 4, background: "#ff00ff" } })
      .png()
      .toBuffer();
  return await sharp(bytes)
    .resize({ ...size, fit: "inside", withoutEnlargement: true })
    .png()
    .toBuffer();
}

function label(text: string, x: number, y: number): string {
  return `<text x="${x}" y="${y}">${Bun.escapeHTML(text)}</text>`;
}
