import { COMPASS, type Compass } from "@progimage/core/plugin";

/** Where to look, as fractions of width and height from the upper left corner. */
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

/** What a thumbnail keeps: a point of the compass, what the pixels say, or the focal point. */
export const GRAVITIES = [...COMPASS, "attention", "entropy", "focal"] as const;

export type Gravity = (typeof GRAVITIES)[number];

/** What of the arguments tells where to look. */
export interface GravityWish {
  readonly gravity: Gravity;
  readonly focalX: number | undefined;
  readonly focalY: number | undefined;
}

/** Where a thumbnail is cut: around a point in fractions of the image, or where a strategy of sharp's finds it best. */
export type Aim =
  | { readonly kind: "point"; readonly x: number; readonly y: number }
  | { readonly kind: "strategy"; readonly strategy: "attention" | "entropy" };

/** Gives where to cut. A focal point that is given wins; a coordinate that is missing is in the middle. */
export function aimOf({ gravity, focalX, focalY }: GravityWish): Aim {
  if (focalX !== undefined || focalY !== undefined || gravity === "focal") {
    return { kind: "point", x: focalX ?? 0.5, y: focalY ?? 0.5 };
  }
  if (gravity === "attention" || gravity === "entropy") return { kind: "strategy", strategy: gravity };
  return { kind: "point", ...POINTS[gravity] };
}
