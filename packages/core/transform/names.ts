/** Words that mean something to the server in every query: neither transforms nor parameters may be called so. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  "source",
  "save",
  "format",
  "preset",
  "transform",
  "steps",
  "sig",
  "exp",
  "download",
  "v",
  "key",
]);

const NAME_REGEXP = /^[a-z][A-Za-z0-9]{0,39}$/;

/** Tells whether a word has the form of a name of a transform or parameter. */
export function isName(word: unknown): word is string {
  return typeof word === "string" && NAME_REGEXP.test(word);
}

/** Tells whether a word belongs to the server: the reserved names, and all that begin with `_`. */
export function isReserved(word: string): boolean {
  return RESERVED_NAMES.has(word) || word.startsWith("_");
}

const LONGEST_QUOTE = 60;

/** Quotes what was found, cut to a readable length and without control characters. */
export function quote(found: unknown): string {
  const json =
    JSON.stringify(typeof found === "string" ? found.slice(0, LONGEST_QUOTE + 1) : found) ?? String(found);
  return json.length > LONGEST_QUOTE ? `${json.slice(0, LONGEST_QUOTE).toWellFormed()}…` : json;
}
