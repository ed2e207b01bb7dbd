import type { ImageReference } from "@progimage/client";

/** The client's transforms, extended by the declarations below. */
export type { Transforms } from "@progimage/client";

/** Fades the image like an old print. */
export interface FadeParams {
  /** From 0, which changes nothing, to 1. @default {0.5} */
  readonly amount?: number;
}

/** Prints the image in dots of one ink. */
export interface HalftoneParams {
  /** Distance between dots in pixels, from 2 to 500. @default {8} */
  readonly pitch?: number;
  /** In degrees, clockwise. @default {45} */
  readonly angle?: number;
  /** @default {"round"} */
  readonly shape?: "round" | "diamond" | "line";
  /** The ink: a CSS name or hexadecimal digits without `#`. @default {"000000"} */
  readonly color?: string;
  /** The paper. @default {"ffffff"} */
  readonly background?: string;
  /** Whether to print the light parts, for a light ink on dark paper. @default {false} */
  readonly invert?: boolean;
  /** The id of an image that replaces the dots. */
  readonly image?: ImageReference;
}

/** Puts the image on the card of an instant camera. */
export interface PolaroidParams {
  /** The border as a fraction of the image's shorter side, from 0 to 0.5. @default {0.06} */
  readonly border?: number;
  /** The card: a CSS name or hexadecimal digits without `#`. @default {"fbfaf5"} */
  readonly background?: string;
}

declare module "@progimage/client" {
  interface Transforms {
    "print.fade": FadeParams;
    "print.halftone": HalftoneParams;
    "print.polaroid": PolaroidParams;
  }
}
