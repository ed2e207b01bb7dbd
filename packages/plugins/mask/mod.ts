/**
 * Cuts images out by shapes and by other images.
 *
 * @module
 */
import { definePlugin } from "@progimage/core/plugin";
import { mask } from "./mask.ts";

export default definePlugin({ name: "@progimage/plugin-mask", transforms: [mask] });
