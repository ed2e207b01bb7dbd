import { type ImageReferenceKind, kindOfReference, type Step, type TransformRegistry } from "@progimage/core";

/** Returns the parameter of a step that refers to an image of one of the given kinds, or `undefined`. */
export function findStepImage(
  steps: readonly Step[],
  transforms: TransformRegistry,
  kinds: readonly ImageReferenceKind[],
): string | undefined {
  for (const { transform, params } of steps) {
    const declared = transforms.get(transform).params;
    const found = Object.entries(params).find(
      ([name, value]) => declared[name]?.kind === "image" && kinds.includes(kindOfReference(String(value))),
    );
    if (found) return found[0];
  }
  return undefined;
}
