import { ProgImageError } from "./error.ts";

/**
 * Returns the value of a JSON text from a stranger. Readers disagree on names that an object has twice, so that these are refused.
 *
 * @throws {ProgImageError} `invalid_request` that says what was read
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-4
 */
export function parseJson(text: string, what: string): unknown {
  const { repeated } = scanJson(text);
  if (repeated !== null)
    throw refusal(what, `each name may stand once in an object: ${repeated} is there twice`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal(what, `it must be JSON: ${(error as Error).message}`);
  }
}

/** What a look over a JSON text finds, which need not be well-formed. */
interface Scan {
  /** A name that an object has twice, as it is written. */
  readonly repeated: string | null;
}

const LONGEST_NAME = 64;

/** Looks over a text once, without recursion. */
function scanJson(text: string): Scan {
  const open: (Set<string> | null)[] = [];
  let last = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      last = text.slice(at, end + 1);
      at = end;
    } else if (character === "{" || character === "[") open.push(null);
    else if (character === "}" || character === "]") open.pop();
    else if (character === ":") {
      const names = open.at(-1) ?? new Set();
      const name = decoded(last);
      if (names.has(name)) return { repeated: last.slice(0, LONGEST_NAME).toWellFormed() };
      names.add(name);
      if (open.length > 0) open[open.length - 1] = names;
    }
  }
  return { repeated: null };
}

/** Returns where a string ends: at the next quote with an even number of backslashes in front, or with the text. */
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

/** Returns a string without its escapes, as one name can be written in several ways. */
function decoded(literal: string): string {
  if (!literal.includes("\\")) return literal;
  try {
    return `"${JSON.parse(literal)}"`;
  } catch {
    return literal;
  }
}

function refusal(what: string, reason: string): ProgImageError {
  return new ProgImageError("invalid_request", `Cannot read ${what} as ${reason}`);
}
