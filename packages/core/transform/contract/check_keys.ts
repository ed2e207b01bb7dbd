import { quote } from "../recipe/names.ts";
import { suggestionFor } from "../recipe/suggestion.ts";

/**
 * Returns which key of a declaration is unknown, as the end of a sentence such as `has no key "scaledsize": did you mean "scaledSize"?`, or
 * `null`. Keys that begin with `x-` are the author's own.
 */
export function keysFault(declaration: object, known: readonly string[]): string | null {
  const given = Object.entries(declaration).filter(([, value]) => value !== undefined);
  const [unknown] = given.find(([key]) => !known.includes(key) && !key.startsWith("x-")) ?? [];
  if (unknown === undefined) return null;
  const suggestion = suggestionFor(unknown, known);
  return `has no key ${quote(unknown)}: ${suggestion ? `did you mean "${suggestion}"?` : `known are ${known.join(", ")}`}`;
}
