import { type ImageReferenceKind, kindOfReference, type Step, type TransformRegistry } from "@progimage/core";

/** Gives the parameter of a step that names an image in one of some ways, or nothing. */
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
