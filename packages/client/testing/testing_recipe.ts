/** A step as the server reads it. */
export interface ReadStep {
  readonly transform: string;
  readonly shorthand?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const NAMED_REGEXP = /^[a-z][A-Za-z0-9]*:/;

/** Reads a query by the grammar of recipes, without types: values of the plain form stay text. */
export function readRecipe(query: string): readonly ReadStep[] {
  const pairs = query.split("&").filter((pair) => pair !== "");
  return pairs.map(readStep).filter(({ transform }) => transform !== "v");
}

function readStep(pair: string): ReadStep {
  const equals = pair.indexOf("=");
  const transform = decode(equals < 0 ? pair : pair.slice(0, equals));
  const value = equals < 0 ? "" : decode(pair.slice(equals + 1));
  if (value.startsWith("{")) return { transform, params: JSON.parse(value) };
  const parts = value === "" ? [] : value.split(",");
  const hasShorthand = parts[0] !== undefined && !NAMED_REGEXP.test(parts[0]);
  const params = Object.fromEntries((hasShorthand ? parts.slice(1) : parts).map(readParam));
  return hasShorthand ? { transform, shorthand: textOf(parts[0] ?? ""), params } : { transform, params };
}

function readParam(part: string): readonly [string, unknown] {
  const colon = part.indexOf(":");
  return colon < 0 ? [part, true] : [part.slice(0, colon), textOf(part.slice(colon + 1))];
}

function textOf(value: string): string {
  return value.startsWith("~") ? Buffer.from(value.slice(1), "base64url").toString() : value;
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
