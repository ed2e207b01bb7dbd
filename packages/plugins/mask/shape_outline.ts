import type { Size } from "@progimage/core/plugin";
import { cornerRadii, type CornerWish } from "./corner_radii.ts";

/** The shapes that an image can be cut to. */
export const SHAPES = ["circle", "ellipse", "rounded", "polygon", "star", "heart"] as const;

export type Shape = (typeof SHAPES)[number];

/** The requested shape. */
export interface ShapeWish extends CornerWish {
  readonly shape: Shape;
  /** Corners of a polygon, points of a star. */
  readonly sides?: number | undefined;
  /** The inner radius of a star as a fraction of the outer one. */
  readonly inner: number;
}

/** A point in pixels: x to the right, y down. */
export type Point = readonly [x: number, y: number];

/** Chords of a full turn. On a radius of 2,500 pixels they are within 0.03 pixels of the curve. */
const CHORDS = 720;

const TURN = 2 * Math.PI;

/**
 * Returns the corners of a shape around the origin, clockwise, with curves as many short chords. An ellipse and a rounded rectangle fill
 * the frame, in pixels; the others have a size of their own and keep their proportions.
 */
export function shapeOutline(wish: ShapeWish, { width, height }: Size): readonly Point[] {
  switch (wish.shape) {
    case "circle":
      return around(CHORDS).map(clockHand);
    case "ellipse":
      return around(CHORDS).map((turn) => {
        const [x, y] = clockHand(turn);
        return [(x * width) / 2, (y * height) / 2];
      });
    case "rounded":
      return roundedRectangle({ width, height }, wish);
    case "polygon":
      return around(wish.sides ?? 6).map(clockHand);
    case "star":
      return star(wish.sides ?? 5, wish.inner);
    case "heart":
      return around(CHORDS).map(heartPoint);
  }
}

/** Returns equal parts of a full turn, in radians. */
function around(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => (index / count) * TURN);
}

/** Returns the point of the unit circle at an angle, clockwise from the top. */
function clockHand(turn: number): Point {
  return [Math.sin(turn), -Math.cos(turn)];
}

function star(points: number, inner: number): readonly Point[] {
  return around(2 * points).map((turn, index) => {
    const [x, y] = clockHand(turn);
    return index % 2 === 0 ? [x, y] : [x * inner, y * inner];
  });
}

/** The heart curve of E. Weisstein, "Heart Curve", MathWorld, (8) and (9): 32 wide, its area is 180 π. */
function heartPoint(turn: number): Point {
  const y = 13 * Math.cos(turn) - 5 * Math.cos(2 * turn) - 2 * Math.cos(3 * turn) - Math.cos(4 * turn);
  return [16 * Math.sin(turn) ** 3, -y];
}

function roundedRectangle(size: Size, wish: CornerWish): readonly Point[] {
  const [right, bottom] = [size.width / 2, size.height / 2];
  const [topLeft, topRight, bottomRight, bottomLeft] = cornerRadii(size, wish);
  return [
    ...quarter([right - topRight, topRight - bottom], topRight, 0),
    ...quarter([right - bottomRight, bottom - bottomRight], bottomRight, 1),
    ...quarter([bottomLeft - right, bottom - bottomLeft], bottomLeft, 2),
    ...quarter([topLeft - right, topLeft - bottom], topLeft, 3),
  ];
}

/** Returns a quarter of a circle around a point, clockwise, starting at the given number of quarters from the top. */
function quarter([x, y]: Point, radius: number, quarters: number): readonly Point[] {
  if (radius === 0) return [[x, y]];
  const start = (quarters * TURN) / 4;
  return Array.from({ length: CHORDS / 4 + 1 }, (_, index) => {
    const [right, down] = clockHand(start + (index / CHORDS) * TURN);
    return [x + right * radius, y + down * radius];
  });
}
