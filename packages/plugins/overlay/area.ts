import type { Size, Position } from "@progimage/core/plugin";

/** A rectangle in pixels. Its position may be fractional. */
export interface Area extends Size, Position {}

/** A rotation around a point of a picture. */
export interface Turn {
  /** The centre from the upper left corner of the picture, in pixels. */
  readonly center: Position;
  /** Degrees, clockwise. */
  readonly angle: number;
}

/** Returns the cosine and sine of an angle in degrees, exactly for quarter turns. */
export function directionOf(angle: number): { readonly cosine: number; readonly sine: number } {
  const radians = (angle / 180) * Math.PI;
  const exact = (value: number) => (angle % 90 === 0 ? Math.round(value) : value);
  return { cosine: exact(Math.cos(radians)), sine: exact(Math.sin(radians)) };
}

/** Returns the smallest upright area around a rotated area. */
export function turnedArea({ left, top, width, height }: Area, { center, angle }: Turn): Area {
  const { cosine, sine } = directionOf(angle);
  const x = left + width / 2 - center.left;
  const y = top + height / 2 - center.top;
  const turned = {
    width: width * Math.abs(cosine) + height * Math.abs(sine),
    height: width * Math.abs(sine) + height * Math.abs(cosine),
  };
  return {
    ...turned,
    left: center.left + x * cosine - y * sine - turned.width / 2,
    top: center.top + x * sine + y * cosine - turned.height / 2,
  };
}

/** Returns the size in whole pixels of the smallest upright box around a rotated one. */
export function turnedSize(size: Size, angle: number): Size {
  const { width, height } = turnedArea({ left: 0, top: 0, ...size }, { center: { left: 0, top: 0 }, angle });
  return { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) };
}

/** Returns an area that is larger on all sides. */
export function widen({ left, top, width, height }: Area, by: number): Area {
  return { left: left - by, top: top - by, width: width + 2 * by, height: height + 2 * by };
}

/** Returns the smallest area around two others. */
export function enclosing(one: Area, other: Area): Area {
  const left = Math.min(one.left, other.left);
  const top = Math.min(one.top, other.top);
  return {
    left,
    top,
    width: Math.max(one.left + one.width, other.left + other.width) - left,
    height: Math.max(one.top + one.height, other.top + other.height) - top,
  };
}

/** Returns the pixels of an area, relative to its position, that are at least partly inside another area. */
export function pixelsWithin(area: Area, limit: Area): Area {
  const left = Math.max(0, Math.floor(limit.left - area.left));
  const top = Math.max(0, Math.floor(limit.top - area.top));
  return {
    left,
    top,
    width: Math.max(0, Math.min(area.width, Math.ceil(limit.left + limit.width - area.left)) - left),
    height: Math.max(0, Math.min(area.height, Math.ceil(limit.top + limit.height - area.top)) - top),
  };
}
