import type { StepContext } from "@progimage/core/plugin";
import type { Coverage } from "./coverage.ts";
import type { PlacedShape } from "./place_shape.ts";

/** Draws a shape, anti-aliased, in the size of its box. */
export async function drawShape(
  { box, outline }: PlacedShape,
  { sharp }: Pick<StepContext, "sharp">,
): Promise<Coverage> {
  const { width, height } = box;
  const points = outline.map(([x, y]) => `${x.toFixed(3)} ${y.toFixed(3)}`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><path d="M${points.join("L")}Z"/></svg>`;
  const drawn = sharp(Buffer.from(svg), { limitInputPixels: false }).ensureAlpha().extractChannel("alpha");
  return { width, height, values: await drawn.raw().toBuffer() };
}
