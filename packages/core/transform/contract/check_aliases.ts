import { isName, quote } from "../recipe/names.ts";

/** A declaration that can be renamed and deprecated. */
interface Renamed {
  readonly aliases?: unknown;
  readonly deprecated?: unknown;
}

/** Returns the error in a declaration's earlier names or in its deprecation, as the end of a sentence, or `null`. */
export function aliasesFault(
  { aliases, deprecated }: Renamed,
  isReserved: (word: string) => boolean,
): string | null {
  if (deprecated !== undefined && (typeof deprecated !== "string" || deprecated === ""))
    return `has a "deprecated" that must say what to use instead: it is ${quote(deprecated)}`;
  if (aliases === undefined) return null;
  if (!Array.isArray(aliases)) return `has aliases that must be a list of names: it is ${quote(aliases)}`;
  const wrong: unknown = aliases.find((alias) => !isName(alias) || isReserved(alias));
  return wrong === undefined ? null : `has an alias that is no name, or reserved: ${quote(wrong)}`;
}

/** Returns an alias that is already used as a name or as another alias, or `undefined`. */
export function takenAlias(declared: Readonly<Record<string, Renamed>>): string | undefined {
  const taken = new Set(Object.keys(declared));
  return Object.values(declared)
    .flatMap(({ aliases = [] }) => aliases as readonly string[])
    .find((alias) => taken.size === taken.add(alias).size);
}
