import { COMPASS, type Compass } from "@progimage/core/plugin";

/** The point to keep, as fractions of width and height from the upper left corner. */
const POINTS: Readonly<Record<Compass, { readonly x: number; readonly y: number }>> = {
  center: { x: 0.5, y: 0.5 },
  north: { x: 0.5, y: 0 },
  northeast: { x: 1, y: 0 },
  east: { x: 1, y: 0.5 },
  southeast: { x: 1, y: 1 },
  south: { x: 0.5, y: 1 },
  southwest: { x: 0, y: 1 },
  west: { x: 0, y: 0.5 },
  northwest: { x: 0, y: 0 },
};

/** The part that a thumbnail keeps: a point of the compass, the result of a search, or the focal point. */
export const GRAVITIES = [...COMPASS, "attention", "entropy", "focal"] as const;

export type Gravity = (typeof GRAVITIES)[number];

/** The arguments that determine the part to keep. */
export interface GravityWish {
  readonly gravity: Gravity;
  readonly focalX: number | undefined;
  readonly focalY: number | undefined;
}

/** The position of the cut: around a point in fractions of the image, or where a strategy of sharp finds it best. */
export type Aim =
  | { readonly kind: "point"; readonly x: number; readonly y: number }
  | { readonly kind: "strategy"; readonly strategy: "attention" | "entropy" };

/** Returns where to cut. A given focal point takes precedence; a missing coordinate is 0.5. */
export function aimOf({ gravity, focalX, focalY }: GravityWish): Aim {
  if (focalX !== undefined || focalY !== undefined || gravity === "focal") {
    return { kind: "point", x: focalX ?? 0.5, y: focalY ?? 0.5 };
  }
  if (gravity === "attention" || gravity === "entropy") return { kind: "strategy", strategy: gravity };
  return { kind: "point", ...POINTS[gravity] };
}
