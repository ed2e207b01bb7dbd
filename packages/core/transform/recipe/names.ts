/** Words that mean something to the server in every query: neither transforms nor parameters may be called so. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...["source", "save", "format", "preset", "transform", "steps", "download", "v", "key"],
  // Of signatures.
  ...["sig", "exp", "kid", "once"],
]);

/** Words that no transform may be called besides {@linkcode RESERVED_NAMES}: the server may need them in queries, or for transforms of its own. */
export const RESERVED_TRANSFORMS: ReadonlySet<string> = new Set([
  ...["token", "path", "remote", "name", "as", "lang", "version", "tenant", "owner", "private", "delivery"],
  ...["dpr", "width", "height", "quality", "w", "h", "q", "auto", "page", "region", "unit"],
  ...["if", "else", "sources", "output", "outputs", "recipe"],
]);

/** Words that no parameter may be called besides {@linkcode RESERVED_NAMES}: in JSON they would stand beside the name of the step. */
export const RESERVED_PARAMS: ReadonlySet<string> = new Set(["if", "id", "when", "disabled"]);

/** Words that are the namespace of no plugin. */
const RESERVED_NAMESPACES: ReadonlySet<string> = new Set(["progimage", "server", "metadata"]);

const NAME_REGEXP = /^[a-z][A-Za-z0-9]{0,39}$/;
const NAMESPACE_REGEXP = /^[a-z][a-z0-9]{0,39}$/;

/** Tells whether a word has the form of a name of a transform or parameter. */
export function isName(word: unknown): word is string {
  return typeof word === "string" && NAME_REGEXP.test(word);
}

/** Whether a word has the form of a plugin's namespace. */
export function isNamespace(word: unknown): word is string {
  return typeof word === "string" && NAMESPACE_REGEXP.test(word);
}

/** Returns the name of a transform in URLs and JSON: behind the namespace of its plugin and a point, or bare if there is none. */
export function qualifiedName(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${namespace}.${name}`;
}

/** Tells whether a word belongs to the server: the reserved names, and all that begin with `_`. */
export function isReserved(word: string): boolean {
  return RESERVED_NAMES.has(word) || word.startsWith("_");
}

/** Whether no transform may be called so. */
export function isReservedTransform(word: string): boolean {
  return isReserved(word) || RESERVED_TRANSFORMS.has(word);
}

/** Whether no parameter may be called so. */
export function isReservedParam(word: string): boolean {
  return isReserved(word) || RESERVED_PARAMS.has(word);
}

/** Whether no plugin may have this namespace. */
export function isReservedNamespace(word: string): boolean {
  return isReservedTransform(word) || RESERVED_NAMESPACES.has(word);
}

const LONGEST_QUOTE = 60;

/** Quotes what was found, cut to a readable length and without control characters. */
export function quote(found: unknown): string {
  const json =
    JSON.stringify(typeof found === "string" ? found.slice(0, LONGEST_QUOTE + 1) : found) ?? String(found);
  return json.length > LONGEST_QUOTE ? `${json.slice(0, LONGEST_QUOTE).toWellFormed()}…` : json;
}
