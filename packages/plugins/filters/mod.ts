/**
 * Transforms that change tones, colours and sharpness.
 *
 * @module
 */
import { definePlugin } from "@progimage/core/plugin";
import { blur } from "./blur.ts";
import { brightness } from "./brightness.ts";
import { clahe } from "./clahe.ts";
import { colorize } from "./colorize.ts";
import { contrast } from "./contrast.ts";
import { duotone } from "./duotone.ts";
import { edge } from "./edge.ts";
import { emboss } from "./emboss.ts";
import { gamma } from "./gamma.ts";
import { gradient } from "./gradient.ts";
import { grayscale } from "./grayscale.ts";
import { hue } from "./hue.ts";
import { median } from "./median.ts";
import { negate } from "./negate.ts";
import { normalize } from "./normalize.ts";
import { pixelate } from "./pixelate.ts";
import { posterize } from "./posterize.ts";
import { saturation } from "./saturation.ts";
import { sepia } from "./sepia.ts";
import { sharpen } from "./sharpen.ts";
import { threshold } from "./threshold.ts";
import { tint } from "./tint.ts";
import { vignette } from "./vignette.ts";

export default definePlugin({
  name: "@progimage/plugin-filters",
  transforms: [
    blur,
    brightness,
    clahe,
    colorize,
    contrast,
    duotone,
    edge,
    emboss,
    gamma,
    gradient,
    grayscale,
    hue,
    median,
    negate,
    normalize,
    pixelate,
    posterize,
    saturation,
    sepia,
    sharpen,
    threshold,
    tint,
    vignette,
  ],
});
