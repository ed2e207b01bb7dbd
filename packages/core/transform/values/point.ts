import type { ParamValue } from "../recipe/recipe.ts";

/** A place in an image. JSON can hold it, as all values of parameters. */
export type Point = { readonly x: number; readonly y: number };

/** Limits of both coordinates, inclusive. */
export interface PointRange {
  readonly min?: number;
  readonly max?: number;
}

const POINT_REGEXP = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))x([+-]?(?:\d+(?:\.\d*)?|\.\d+))$/;

/** Returns the limits of a point's coordinates: by itself it is a place as shares of width and height. */
export function pointRange({ min = 0, max = 1 }: PointRange): Required<PointRange> {
  return { min, max };
}

/** Reads a point as URLs have it, `0.5x0.3`, or returns `undefined`. */
export function pointFromText(text: string): Point | undefined {
  const [, x, y] = POINT_REGEXP.exec(text) ?? [];
  return x === undefined || y === undefined ? undefined : { x: Number(x), y: Number(y) };
}

/** Returns a point in its canonical form, or `undefined` for what is none within the limits. */
export function canonicalPoint(value: unknown, range: PointRange): ParamValue | undefined {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) return undefined;
  const { x, y } = value as { readonly x?: unknown; readonly y?: unknown };
  const { min, max } = pointRange(range);
  const isInside = (each: unknown): each is number => typeof each === "number" && each >= min && each <= max;
  // Adding zero turns -0 into 0.
  return isInside(x) && isInside(y) ? { x: x + 0, y: y + 0 } : undefined;
}
