/**
 * Transforms that make images look printed.
 *
 * @module
 */
import { definePlugin } from "@progimage/core/plugin";
import { fade } from "./fade.ts";
import { halftone } from "./halftone.ts";
import { polaroid } from "./polaroid.ts";

export default definePlugin({
  name: "@acme/progimage-plugin-print",
  namespace: "print",
  transforms: [fade, halftone, polaroid],
});
