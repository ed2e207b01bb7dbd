import { type ErrorDetails, ProgImageError } from "./error.ts";

/** Options for {@linkcode parseJson}. */
export interface ParseJsonOptions {
  /** The maximum nesting depth of lists and objects. */
  readonly maxDepth: number;
}

/**
 * Returns the value of untrusted JSON text. Two kinds of text are refused before parsing. Deep nesting costs later readers time or stack.
 * Parsers disagree on objects with duplicate names.
 *
 * @throws {ProgImageError} `invalid_request` that says what was read
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-4
 */
export function parseJson(text: string, what: string, { maxDepth }: ParseJsonOptions): unknown {
  const { isTooDeep, repeated } = scanJson(text, maxDepth);
  if (isTooDeep)
    throw refusal(what, `lists and objects may be nested at most ${maxDepth} deep: it is deeper`, {
      limit: maxDepth,
    });
  if (repeated !== null)
    throw refusal(what, `each name may be used once in an object: ${repeated} is used twice`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal(what, `it must be JSON: ${(error as Error).message}`);
  }
}

/** Measurements of a JSON text, which may be malformed. */
interface Scan {
  readonly isTooDeep: boolean;
  /** The first duplicate name within an object, as written. */
  readonly repeated: string | null;
}

const LONGEST_NAME = 64;

/** Scans a text once, without recursion, up to the first fault. */
function scanJson(text: string, maxDepth: number): Scan {
  const open: (Set<string> | null)[] = [];
  let last = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      last = text.slice(at, end + 1);
      at = end;
    } else if (character === "{" || character === "[") {
      if (open.push(null) > maxDepth) return { isTooDeep: true, repeated: null };
    } else if (character === "}" || character === "]") open.pop();
    else if (character === ":") {
      const names = open.at(-1) ?? new Set();
      const name = decoded(last);
      if (names.has(name)) return { isTooDeep: false, repeated: last.slice(0, LONGEST_NAME).toWellFormed() };
      names.add(name);
      if (open.length > 0) open[open.length - 1] = names;
    }
  }
  return { isTooDeep: false, repeated: null };
}

/** Returns the end of a string: the next quote after an even number of backslashes, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0) {
    let before = end;
    while (text[before - 1] === "\\") before--;
    if ((end - before) % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

/** Returns a string with its escapes decoded, as one name can be written in several ways. */
function decoded(literal: string): string {
  if (!literal.includes("\\")) return literal;
  try {
    return `"${JSON.parse(literal)}"`;
  } catch {
    return literal;
  }
}

function refusal(what: string, reason: string, details: ErrorDetails = {}): ProgImageError {
  return new ProgImageError("invalid_request", `Cannot read ${what} as ${reason}`, { details });
}
