import { isName, isReservedTransform, quote } from "./names.ts";
import type { TransformRegistry } from "../contract/registry.ts";

/**
 * Returns a registry whose transforms can also be found by the operator's short names, such as `halftone` for `print.halftone`. Recipes
 * always contain the whole name.
 *
 * @throws {TypeError} with the error as the end of a sentence
 */
export function withShortNames(
  registry: TransformRegistry,
  shortNames: ReadonlyMap<string, string>,
): TransformRegistry {
  if (shortNames.size === 0) return registry;
  const owners = new Map(
    registry
      .describe()
      .flatMap(({ name, aliases, plugin }) => [name, ...aliases].map((each) => [each, plugin])),
  );
  for (const [short, name] of shortNames) {
    const fault = shortNameFault(short, name, owners);
    if (fault !== null) throw new TypeError(fault);
  }
  return {
    ...registry,
    get: (name) => registry.get(shortNames.get(name) ?? name),
    describe: () => registry.describe().map((each) => ({ ...each, shortNames: shortNamesOf(each.name) })),
  };

  function shortNamesOf(name: string): readonly string[] {
    return [...shortNames].flatMap(([short, named]) => (named === name ? [short] : []));
  }
}

function shortNameFault(short: string, name: string, owners: ReadonlyMap<string, string>): string | null {
  if (!isName(short)) return `${quote(short)} must be letters and digits, and begin with a small letter`;
  if (isReservedTransform(short)) return `${quote(short)} is a reserved name`;
  const owner = owners.get(short);
  if (owner !== undefined) return `${quote(short)} is a transform of the server already: ${owner} has it`;
  if (owners.has(name)) return null;
  return `there is no transform ${quote(name)}: known are ${[...owners.keys()].join(", ")}`;
}
