import type { SourceFormat } from "../transform/output/formats.ts";

/**
 * How much of a shrink the decoder may do. `fast`: as much as it can. `good`: JPEGs are left at least twice as large as the result, so that
 * the kernel shrinks the rest. `best`: WebPs are decoded at full size as well.
 */
export const SHRINK_ON_LOAD = ["fast", "good", "best"] as const;

/** One of {@linkcode SHRINK_ON_LOAD}. */
export type ShrinkOnLoad = (typeof SHRINK_ON_LOAD)[number];

let chosen: ShrinkOnLoad = "good";

/** Sets how all renders of this process shrink. Call it before the first. */
export function chooseShrinkOnLoad(choice: ShrinkOnLoad): void {
  chosen = choice;
}

/** Returns how all renders of this process shrink. */
export function chosenShrinkOnLoad(): ShrinkOnLoad {
  return chosen;
}

/** Whether the decoder of a format may do as much of a shrink as it can. */
export function shrinksFast(format: SourceFormat): boolean {
  return chosen === "fast" || (chosen === "good" && format !== "jpeg");
}
