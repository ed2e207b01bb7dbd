import type { ParamValue } from "../recipe/recipe.ts";

/** A position in an image. It can be stored as JSON, like all parameter values. */
export type Point = { readonly x: number; readonly y: number };

/** Limits of both coordinates, inclusive. */
export interface PointRange {
  readonly min?: number;
  readonly max?: number;
}

const POINT_REGEXP = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))x([+-]?(?:\d+(?:\.\d*)?|\.\d+))$/;

/** Returns the limits of a point's coordinates. By default they are shares of width and height, from 0 to 1. */
export function pointRange({ min = 0, max = 1 }: PointRange): Required<PointRange> {
  return { min, max };
}

/** Reads a point of a URL such as `0.5x0.3`, or returns `undefined`. */
export function pointFromText(text: string): Point | undefined {
  const [, x, y] = POINT_REGEXP.exec(text) ?? [];
  return x === undefined || y === undefined ? undefined : { x: Number(x), y: Number(y) };
}

/** Returns a point in its canonical form, or `undefined` if it is not a point within the limits. */
export function canonicalPoint(value: unknown, range: PointRange): ParamValue | undefined {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) return undefined;
  const { x, y } = value as { readonly x?: unknown; readonly y?: unknown };
  const { min, max } = pointRange(range);
  const isInside = (each: unknown): each is number => typeof each === "number" && each >= min && each <= max;
  // Adding zero turns -0 into 0.
  return isInside(x) && isInside(y) ? { x: x + 0, y: y + 0 } : undefined;
}
