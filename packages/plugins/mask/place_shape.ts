import type { Size, Compass } from "@progimage/core/plugin";
import { type Box, boxInside } from "./box.ts";
import { type Point, shapeOutline, type ShapeWish } from "./shape_outline.ts";

/** The requested shape and its position. */
export interface PlacedShapeWish extends ShapeWish {
  /** The rotation in degrees, clockwise. */
  readonly angle: number;
  readonly gravity: Compass;
  /** The sigma of a soft edge in pixels. */
  readonly feather: number;
}

/** A shape on an image. */
export interface PlacedShape {
  /** The box that the shape and its soft edge occupy. */
  readonly box: Box;
  /** Corners in pixels from the upper left corner of that box. */
  readonly outline: readonly Point[];
}

/** How far a soft edge extends beyond the shape, in sigmas: further out, a straight edge covers less than 1 %. */
const SOFT_REACH = 2.5;

/** The largest rounding error of a size in pixels. */
const TOLERANCE = 1e-6;

/** Places a shape on an image, as large as the image allows. A soft edge makes the shape smaller, but not its box. */
export function placeShape(image: Size, wish: PlacedShapeWish): PlacedShape {
  const box = boxInside(image, wholePixels(extentOf(fitOutline(image, wish)), image), wish.gravity);
  const inset = Math.min(wish.feather * SOFT_REACH, Math.min(image.width, image.height) / 4);
  const frame = { width: image.width - 2 * inset, height: image.height - 2 * inset };
  return { box, outline: centred(fitOutline(frame, wish), box) };
}

/** Rotates a shape, then scales it to the largest size that fits the frame. */
function fitOutline(frame: Size, wish: PlacedShapeWish): readonly Point[] {
  const turned = (size: Size) => turn(shapeOutline(wish, size), wish.angle);
  if (wish.shape !== "rounded") {
    const outline = turned(frame);
    return scale(outline, scaleToFit(extentOf(outline), frame));
  }
  // Its radii are in pixels, so its final size must be known before they are applied.
  const square = turn(shapeOutline({ shape: "rounded", radius: 0, inner: 1 }, frame), wish.angle);
  const factor = scaleToFit(extentOf(square), frame);
  return turned({ width: frame.width * factor, height: frame.height * factor });
}

interface Extent extends Size {
  readonly left: number;
  readonly top: number;
}

function extentOf(outline: readonly Point[]): Extent {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of outline) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { left, top, width: right - left, height: bottom - top };
}

function scaleToFit(size: Size, frame: Size): number {
  return Math.min(frame.width / size.width, frame.height / size.height);
}

function wholePixels({ width, height }: Size, most: Size): Size {
  const ceil = (value: number, limit: number) => Math.min(limit, Math.max(1, Math.ceil(value - TOLERANCE)));
  return { width: ceil(width, most.width), height: ceil(height, most.height) };
}

function turn(outline: readonly Point[], angle: number): readonly Point[] {
  const radians = (angle / 180) * Math.PI;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  return outline.map(([x, y]) => [x * cos - y * sin, x * sin + y * cos]);
}

function scale(outline: readonly Point[], factor: number): readonly Point[] {
  return outline.map(([x, y]) => [x * factor, y * factor]);
}

function centred(outline: readonly Point[], box: Size): readonly Point[] {
  const { left, top, width, height } = extentOf(outline);
  const [right, down] = [(box.width - width) / 2 - left, (box.height - height) / 2 - top];
  return outline.map(([x, y]) => [x + right, y + down]);
}
