import { ProgImageError, type Size } from "@progimage/core/plugin";

const ASPECT_REGEXP = /^(\d+(?:\.\d+)?)(?:[:/](\d+(?:\.\d+)?))?$/;
const MOST = 1000;

/**
 * Reads proportions: width to height as `16:9` or `16/9`, or as one number.
 *
 * @returns a number from 1/1000 to 1000; `undefined` if none is given
 * @throws {ProgImageError} `invalid_parameter`
 */
export function readAspect(text: string | undefined, transform: string): number | undefined {
  if (text === undefined) return undefined;
  const [, width, height = "1"] = ASPECT_REGEXP.exec(text) ?? [];
  const aspect = Number(width) / Number(height);
  if (aspect >= 1 / MOST && aspect <= MOST) return aspect;
  const message = `Cannot read parameter "aspect" of "${transform}" as it must be width:height such as 16:9 or 16/9, or a number such as 1.5, and at most ${MOST}:1: it is "${text}"`;
  throw new ProgImageError("invalid_parameter", message, { details: { parameter: "aspect" } });
}

/** Returns the largest box of these proportions inside another, in whole pixels. */
export function largestInside({ width, height }: Size, aspect: number): Size {
  return width / height > aspect
    ? { width: pixels(height * aspect), height }
    : { width, height: pixels(width / aspect) };
}

/** Returns the smallest box of these proportions around another, in whole pixels. */
export function smallestAround({ width, height }: Size, aspect: number): Size {
  return width / height < aspect
    ? { width: pixels(height * aspect), height }
    : { width, height: pixels(width / aspect) };
}

function pixels(length: number): number {
  return Math.max(1, Math.round(length));
}
