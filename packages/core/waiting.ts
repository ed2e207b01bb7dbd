/**
 * Pauses and their growth, for programs that need nothing else of core: all of it takes 10 MB.
 *
 * @module
 */
export { backOff } from "./waiting/back_off.ts";
export type { BackOff } from "./waiting/back_off.ts";
export { pause } from "./waiting/pause.ts";
