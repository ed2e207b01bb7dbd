import type { Keywords } from "./shape.ts";

/** Returns all named shapes within these shapes, by name. @throws {TypeError} for two different shapes with one name */
export function namedShapes(shapes: Iterable<Keywords>): ReadonlyMap<string, Keywords> {
  const found = new Map<string, Keywords>();
  const visit = (shape: Keywords): void => {
    const known = shape.$id === undefined ? undefined : found.get(shape.$id);
    if (known && textOf(known) !== textOf(shape))
      throw new TypeError(`Cannot use two shapes as they have one name: ${shape.$id}`);
    if (known) return;
    if (shape.$id !== undefined) found.set(shape.$id, shape);
    for (const inner of partsOf(shape)) visit(inner);
  };
  for (const shape of shapes) visit(shape);
  return found;
}

function partsOf({ anyOf = [], items, properties = {}, patternProperties = {}, "x-shape": shown }: Keywords) {
  const single = [items, shown].flatMap((each) => each ?? []);
  return [...anyOf, ...single, ...Object.values(properties), ...Object.values(patternProperties)];
}

/** Ignores the description, which may differ where a shape is used. */
function textOf({ description: _description, ...shape }: Keywords): string {
  return JSON.stringify(shape);
}
