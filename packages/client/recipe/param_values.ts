/** A colour: a CSS name, or 3, 4, 6 or 8 hexadecimal digits without `#`. */
export type Color = string;

/** A length: pixels, or a percentage of the image's width or height, such as `50%`. */
export type Length = number | `${number}%` | `${number}pct`;

/** A place in an image: fractions of its width and height from the top left, unless the parameter says otherwise. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The parameters of transforms that take none. */
export type NoParams = Readonly<Record<string, never>>;
