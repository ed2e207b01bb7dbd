import type { CostFactors } from "./predict_cost.ts";
import type { OutputFormat, SourceFormat } from "../output/formats.ts";
import type { ResolvedStep } from "./resolve_steps.ts";
import type { Size } from "./size.ts";

/** Bytes that every render takes: a process with its engine and libraries. */
const BASE = 80_000_000;

/** Bytes to decode a pixel. Most decoders work row by row; AV1 needs several whole pictures. */
const DECODE: Readonly<Record<SourceFormat, number>> = {
  jpeg: 4,
  png: 2,
  webp: 4,
  avif: 20,
  gif: 5,
  tiff: 2,
  svg: 4,
};

/** Bytes for a pixel of the largest step: its input and its output. Steps run one after the other. */
const STEP = 12;

/** Bytes to encode a pixel. */
const ENCODE: Readonly<Record<OutputFormat, number>> = {
  jpeg: 7,
  png: 9,
  webp: 8,
  avif: 30,
  gif: 14,
  tiff: 10,
};

/** Predicts the bytes of memory that a render takes. Measured with sharp 0.35 on photographs and rounded up. */
export function predictMemory({ source, steps, output, pages, format }: CostFactors): number {
  const decode = DECODE[source.format] * area(source);
  const compute =
    STEP * Math.max(0, ...steps.map((step, index) => (index === 0 ? readBy(step) : largest(step))));
  return Math.round(BASE + (decode + compute + ENCODE[format] * area(output)) * pages);
}

/** The first step reads the decoder's output, row by row if it makes the picture smaller. */
function readBy({ input, output }: ResolvedStep): number {
  return area(output) * 4 <= area(input) ? area(output) : largest({ input, output });
}

function largest({ input, output }: Pick<ResolvedStep, "input" | "output">): number {
  return Math.max(area(input), area(output));
}

function area({ width, height }: Size): number {
  return width * height;
}
