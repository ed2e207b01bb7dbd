/** Words that the server uses in every query: transforms and parameters must not have these names. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...["source", "save", "format", "preset", "transform", "steps", "download", "v", "key"],
  // For signatures.
  ...["sig", "exp", "kid", "once"],
]);

/**
 * Names that transforms must not have besides {@linkcode RESERVED_NAMES}: the server may need them in queries, or for its own transforms.
 */
export const RESERVED_TRANSFORMS: ReadonlySet<string> = new Set([
  ...["token", "path", "remote", "name", "as", "lang", "version", "tenant", "owner", "private", "delivery"],
  ...["dpr", "width", "height", "quality", "w", "h", "q", "auto", "region", "unit"],
  ...["if", "else", "sources", "output", "outputs", "recipe"],
]);

/** Names that parameters must not have besides {@linkcode RESERVED_NAMES}: in JSON they would be beside the name of the step. */
export const RESERVED_PARAMS: ReadonlySet<string> = new Set(["if", "id", "when", "disabled"]);

/** Words that must not be a plugin's namespace. */
const RESERVED_NAMESPACES: ReadonlySet<string> = new Set(["progimage", "server", "metadata"]);

const NAME_REGEXP = /^[a-z][A-Za-z0-9]{0,39}$/;
const NAMESPACE_REGEXP = /^[a-z][a-z0-9]{0,39}$/;

/** Whether a word has the form of a transform's or parameter's name. */
export function isName(word: unknown): word is string {
  return typeof word === "string" && NAME_REGEXP.test(word);
}

/** Whether a word has the form of a plugin's namespace. */
export function isNamespace(word: unknown): word is string {
  return typeof word === "string" && NAMESPACE_REGEXP.test(word);
}

/** Returns the name of a transform in URLs and JSON: its plugin's namespace, a dot and the name, or the name alone without a namespace. */
export function qualifiedName(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${namespace}.${name}`;
}

/** Whether a word belongs to the server: a reserved name, or one that begins with `_`. */
export function isReserved(word: string): boolean {
  return RESERVED_NAMES.has(word) || word.startsWith("_");
}

/** Whether a transform must not have this name. */
export function isReservedTransform(word: string): boolean {
  return isReserved(word) || RESERVED_TRANSFORMS.has(word);
}

/** Whether a parameter must not have this name. */
export function isReservedParam(word: string): boolean {
  return isReserved(word) || RESERVED_PARAMS.has(word);
}

/** Whether a plugin must not have this namespace. */
export function isReservedNamespace(word: string): boolean {
  return isReservedTransform(word) || RESERVED_NAMESPACES.has(word);
}

const LONGEST_QUOTE = 60;

/** Quotes a value, cut to a readable length and without control characters. */
export function quote(found: unknown): string {
  const json =
    JSON.stringify(typeof found === "string" ? found.slice(0, LONGEST_QUOTE + 1) : found) ?? String(found);
  return json.length > LONGEST_QUOTE ? `${json.slice(0, LONGEST_QUOTE).toWellFormed()}…` : json;
}
