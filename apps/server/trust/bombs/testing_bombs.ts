import { AVIF_BOMBS } from "./testing_avif_bombs.ts";
import type { Bomb } from "./testing_bomb.ts";
import { FRAME_BOMBS } from "./testing_frame_bombs.ts";
import { JPEG_BOMBS } from "./testing_jpeg_bombs.ts";
import { LIES } from "./testing_lies.ts";
import { PNG_BOMBS } from "./testing_png_bombs.ts";
import { SVG_BOMBS } from "./testing_svg_bombs.ts";

/** Files of every format that cost much time or memory, or lie about their size. */
export const BOMBS: readonly Bomb[] = [
  ...PNG_BOMBS,
  ...FRAME_BOMBS,
  ...JPEG_BOMBS,
  ...AVIF_BOMBS,
  ...SVG_BOMBS,
  ...LIES,
];
