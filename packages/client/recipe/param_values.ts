/** A colour: a CSS name, or 3, 4, 6 or 8 hexadecimal digits without `#`. */
export type Color = string;

/** A length: pixels, or per cent of the image's width or height, such as `50%`. */
export type Length = number | `${number}%` | `${number}pct`;

/** A place in an image: as shares of its width and height from the top left, if the parameter does not say otherwise. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** For transforms that take nothing. */
export type NoParams = Readonly<Record<string, never>>;
