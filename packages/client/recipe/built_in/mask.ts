// Generated from the transforms' declarations: bun run docs writes it.

import type { ImageReference } from "../../images/sources.ts";
import type { Color } from "../param_values.ts";

/** Keeps what a shape or another image covers, and makes the rest transparent. */
export interface MaskParams {
  /** The shape that is kept, as large as the image allows; ellipse and rounded fill it. This, or an image. */
  readonly shape?: "circle" | "ellipse" | "rounded" | "polygon" | "star" | "heart";
  /** Another picture that covers what is kept, instead of a shape. */
  readonly image?: ImageReference;
  /**
   * Radius of the corners of rounded in pixels; auto: a tenth of the short side; max: half of it. From 0 to 8192.
   * @default {"auto"}
   */
  readonly radius?: number | "auto" | "max";
  /** Radius of the top left corner of rounded; that of all corners where not given. From 0 to 8192. */
  readonly topLeft?: number | "max";
  /** Radius of the top right corner of rounded; that of all corners where not given. From 0 to 8192. */
  readonly topRight?: number | "max";
  /** Radius of the bottom right corner of rounded; that of all corners where not given. From 0 to 8192. */
  readonly bottomRight?: number | "max";
  /** Radius of the bottom left corner of rounded; that of all corners where not given. From 0 to 8192. */
  readonly bottomLeft?: number | "max";
  /** Corners of a polygon, 6 where not given; points of a star, 5 where not given. A whole number from 3 to 20. */
  readonly sides?: number;
  /** Inner radius of a star as a part of the outer one. From 0.05 to 1. @default {0.382} */
  readonly inner?: number;
  /** Turns the shape by degrees, clockwise; polygons and stars point up at 0. From -360 to 360. @default {0} */
  readonly angle?: number;
  /** Where the shape lies, where contain puts the mask image, and what of it cover keeps. @default {"center"} */
  readonly gravity?:
    "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest";
  /**
   * How the mask image is scaled to the image. fill: stretched; cover: then cut; contain: then padded.
   * @default {"fill"}
   */
  readonly fit?: "fill" | "cover" | "contain";
  /**
   * The channel of the mask image: its alpha, or its luma (Rec. 709) times alpha; auto: alpha where it is
   * transparent anywhere. @default {"auto"}
   */
  readonly channel?: "auto" | "alpha" | "luma";
  /** Keeps what is not covered instead. @default {false} */
  readonly invert?: boolean;
  /**
   * Softens the edge: sigma of a Gaussian blur in pixels. A shape shrinks to make room for it. From 0 to 250.
   * @default {0}
   */
  readonly feather?: number;
  /** The colour behind the part that is kept. @default {"00000000"} */
  readonly background?: Color;
  /** Cuts the result to what the mask covers. @default {false} */
  readonly trim?: boolean;
}
