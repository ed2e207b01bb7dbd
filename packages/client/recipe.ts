/** One transform with its arguments, as a caller wrote them. */
export interface Step {
  readonly transform: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Names that the URL grammar takes for names wherever they stand. */
const PARAM_REGEXP = /^[a-z][A-Za-z0-9]*$/;

/** Parameters that read better without their names: `rotate=90`. */
const SHORTHANDS: Readonly<Record<string, string>> = { rotate: "angle" };

/**
 * Writes steps as the query of an image's URL, without the `?`: `resize=width:320,height:240&rotate=90`.
 *
 * @throws {TypeError} if a value cannot be sent
 */
export function recipeQuery(steps: readonly Step[]): string {
  return steps.map(writeStep).join("&");
}

function writeStep({ transform, params }: Step): string {
  if (!transform) throw new TypeError("Cannot write a step without the name of a transform");
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) checkValue(transform, name, value);
  const name = encode(transform);
  if (given.length === 0) return name;
  const value = given.every(isPlain)
    ? writePlain(transform, given)
    : JSON.stringify(Object.fromEntries(given));
  return `${name}=${encode(value)}`;
}

/** `key:value` pairs; the shorthand, which only a number may take, comes first. */
function writePlain(transform: string, given: readonly (readonly [string, unknown])[]): string {
  const isShort = ([name, value]: readonly [string, unknown]): boolean =>
    typeof value === "number" && Object.hasOwn(SHORTHANDS, transform) && SHORTHANDS[transform] === name;
  const short = given.filter(isShort).map(([, value]) => String(value));
  const long = given.filter((param) => !isShort(param)).map(([name, value]) => `${name}:${value}`);
  return [...short, ...long].join(",");
}

/** Whether `key:value` can hold it. Text with commas, exponents, lists, objects and nothing need JSON. */
function isPlain([name, value]: readonly [string, unknown]): boolean {
  if (!PARAM_REGEXP.test(name)) return false;
  if (typeof value === "string") return value !== "" && !value.includes(",") && value.isWellFormed();
  if (typeof value === "number") return !String(value).includes("e");
  return typeof value === "boolean";
}

function checkValue(transform: string, name: string, value: unknown): void {
  const isUnfit = typeof value === "number" ? !Number.isFinite(value) : JSON.stringify(value) === undefined;
  if (isUnfit)
    throw new TypeError(`Cannot send ${name} of ${transform}: ${String(value)} is not a value of JSON`);
}

/** Percent-encodes all but what keeps URLs readable. The apostrophe is encoded as a browser would do it: URLs stay as they are. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("'", "%27");
}
