import {
  choice,
  type FocalWish,
  length,
  type Length,
  moveInward,
  number,
  pixelsOf,
  type Position,
  positionInside,
  ProgImageError,
  type Size,
} from "@progimage/core/plugin";
import { ANCHORS, isStrategy } from "./gravity.ts";

const MOST = 16_383;

/** The requested position of a box: a gravity with offsets, or a point of the image. */
export interface Anchor extends FocalWish {
  readonly gravity: (typeof ANCHORS)[number];
  readonly offsetX?: Length | undefined;
  readonly offsetY?: Length | undefined;
}

/** Declares the parameters of an anchor. */
export function anchorParams<const Gravities extends readonly (typeof ANCHORS)[number][]>(
  gravities: Gravities,
  summary: string,
) {
  return {
    gravity: choice(gravities as readonly string[] as Gravities, {
      default: "center" as Gravities[number],
      summary,
    }),
    focalX: number({
      min: 0,
      max: 1,
      optional: true,
      summary: "The point that goes to the middle, as a share of the width from the left; before gravity",
    }),
    focalY: number({
      min: 0,
      max: 1,
      optional: true,
      summary: "The point that goes to the middle, as a share of the height from the top; before gravity",
    }),
    offsetX: length({
      min: -MOST,
      max: MOST,
      optional: true,
      summary: "Moves it from the left or right edge inward, or from the middle to the right",
    }),
    offsetY: length({
      min: -MOST,
      max: MOST,
      optional: true,
      summary: "Moves it from the upper or lower edge inward, or from the middle down",
    }),
  } as const;
}

/**
 * Rejects offsets of a position that depends on the pixels.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function checkAnchor(transform: string, anchor: Anchor): void {
  const { gravity, offsetX, offsetY } = anchor;
  if (!isStrategy(gravity) || hasFocalPoint(anchor) || (offsetX ?? offsetY) === undefined) return;
  const parameter = offsetX === undefined ? "offsetY" : "offsetX";
  const message = `Cannot read parameter "${parameter}" of "${transform}" as gravity ${gravity} finds the position itself: use a point of the compass, or leave it out`;
  throw new ProgImageError("invalid_parameter", message, { details: { parameter } });
}

/** Whether the position depends on the pixels. */
export function looksAtPixels(anchor: Anchor): boolean {
  return isStrategy(anchor.gravity) && !hasFocalPoint(anchor);
}

/** Whether the position is anything but a point of the compass or a strategy. */
export function isExact(anchor: Anchor): boolean {
  return hasFocalPoint(anchor) || anchor.offsetX !== undefined || anchor.offsetY !== undefined;
}

/** Returns the position of a box that is cut out of an image. The box stays inside. */
export function cutPosition(image: Size, box: Size, anchor: Anchor): Position {
  const point = pointOf(anchor);
  const start = point
    ? { left: point.x * image.width - box.width / 2, top: point.y * image.height - box.height / 2 }
    : positionInside(image, box, anchor.gravity);
  return inside(image, box, moved(start, image, anchor));
}

/** Returns the position of an image on a larger canvas. The image stays on it. */
export function canvasPosition(canvas: Size, image: Size, anchor: Anchor): Position {
  const point = pointOf(anchor);
  const start = point
    ? { left: canvas.width / 2 - point.x * image.width, top: canvas.height / 2 - point.y * image.height }
    : positionInside(canvas, image, anchor.gravity);
  return inside(canvas, image, moved(start, canvas, anchor));
}

function hasFocalPoint({ gravity, focalX, focalY }: Anchor): boolean {
  return gravity === "focal" || focalX !== undefined || focalY !== undefined;
}

function pointOf(anchor: Anchor): { readonly x: number; readonly y: number } | null {
  return hasFocalPoint(anchor) ? { x: anchor.focalX ?? 0.5, y: anchor.focalY ?? 0.5 } : null;
}

function moved(position: Position, whole: Size, { gravity, offsetX = 0, offsetY = 0 }: Anchor): Position {
  const offset = { x: pixelsOf(offsetX, whole.width), y: pixelsOf(offsetY, whole.height) };
  return moveInward(position, gravity, offset);
}

function inside(outer: Size, inner: Size, { left, top }: Position): Position {
  return {
    left: Math.min(Math.max(Math.round(left), 0), outer.width - inner.width),
    top: Math.min(Math.max(Math.round(top), 0), outer.height - inner.height),
  };
}
