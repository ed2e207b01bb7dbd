import type { FocalPoint } from "../../image/image.ts";

/** The arguments that name a focal point: shares of width and height, or the gravity `focal` for the stored one. */
export interface FocalWish {
  readonly gravity: string;
  readonly focalX?: number | undefined;
  readonly focalY?: number | undefined;
}

/**
 * Returns the coordinates of a focal point, for a transform's `complete`: the given ones, or those that are stored with the image. A missing
 * coordinate is the middle. Returns nothing if the arguments name no focal point.
 */
export function completeFocalPoint(
  { gravity, focalX, focalY }: FocalWish,
  { focalPoint }: { readonly focalPoint: FocalPoint | null },
): Readonly<Record<string, number>> {
  const isGiven = focalX !== undefined || focalY !== undefined;
  if (!isGiven && gravity !== "focal") return {};
  const stored = isGiven ? null : focalPoint;
  return { focalX: focalX ?? stored?.x ?? 0.5, focalY: focalY ?? stored?.y ?? 0.5 };
}
