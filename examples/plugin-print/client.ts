import type { ImageReference } from "@progimage/client";

/** With what is declared below. */
export type { Transforms } from "@progimage/client";

/** Lets the image fade like an old print. */
export interface FadeParams {
  /** From 0, which changes nothing, to 1. @default {0.5} */
  readonly amount?: number;
}

/** Prints the image in dots of one ink. */
export interface HalftoneParams {
  /** Distance from dot to dot in pixels, from 2 to 500. @default {8} */
  readonly pitch?: number;
  /** In degrees, clockwise. @default {45} */
  readonly angle?: number;
  /** @default {"round"} */
  readonly shape?: "round" | "diamond" | "line";
  /** The ink: a CSS name or hexadecimal digits without `#`. @default {"000000"} */
  readonly color?: string;
  /** The paper. @default {"ffffff"} */
  readonly background?: string;
  /** Prints what is light: for a light ink on dark paper. @default {false} */
  readonly invert?: boolean;
  /** The id of an image to print with instead of dots. */
  readonly image?: ImageReference;
}

/** Puts the image on the card of an instant camera. */
export interface PolaroidParams {
  /** As a share of the image's shorter side, from 0 to 0.5. @default {0.06} */
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
