import { quote } from "../recipe/names.ts";
import { suggestionFor } from "../recipe/suggestion.ts";

/**
 * Returns the error for an unknown key of a declaration, as the end of a sentence, or `null`. An example is
 * `has no key "scaledsize": did you mean "scaledSize"?`. Keys that begin with `x-` are reserved for the author.
 */
export function keysFault(declaration: object, known: readonly string[]): string | null {
  const given = Object.entries(declaration).filter(([, value]) => value !== undefined);
  const [unknown] = given.find(([key]) => !known.includes(key) && !key.startsWith("x-")) ?? [];
  if (unknown === undefined) return null;
  const suggestion = suggestionFor(unknown, known);
  return `has no key ${quote(unknown)}: ${suggestion ? `did you mean "${suggestion}"?` : `known are ${known.join(", ")}`}`;
}
