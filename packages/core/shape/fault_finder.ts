import { checkShape } from "./check_shape.ts";
import { acceptsAll, type Keywords } from "./shape.ts";
import { SHAPE_FORMATS } from "./shape_formats.ts";

/** The first part of a value that does not match its shape. */
export interface Fault {
  readonly kind: "not one" | "unknown" | "wrong";
  /** The names and indices that lead to it, the innermost first. */
  readonly path: (number | string)[];
  /** The expected shape; for an unknown name, the shape of the object. */
  readonly shape: Keywords;
  /** The wrong value; `undefined` if it is missing. */
  readonly found: unknown;
  /** The amount that exceeds a limit, and the limit. */
  readonly measure?: Measure;
}

/** The amount of something, and its limit. */
interface Measure {
  readonly amount: number;
  /** The unit in the singular. */
  readonly unit: string;
  readonly limit: number;
}

/** Returns the first fault of a value, or `null` if it matches its shape. */
export type FaultFinder = (value: unknown) => Fault | null;

const made = new WeakMap<Keywords, FaultFinder>();

/**
 * Returns the fault finder of a shape, which is created once. Lists and records are counted before they are walked. The walk is limited to
 * the depth of the shape, even if the value is deeper.
 *
 * @throws {TypeError} for a shape with keywords that are not supported
 */
export function faultFinderOf(shape: Keywords): FaultFinder {
  let finder = made.get(shape);
  if (finder) return finder;
  checkShape(shape);
  finder = finderOf(shape);
  made.set(shape, finder);
  return finder;
}

function finderOf(shape: Keywords): FaultFinder {
  if (shape.anyOf) return unionFinder(shape, shape.anyOf);
  const literal = shape.const;
  if (literal !== undefined) return (value) => (value === literal ? null : wrong(shape, value));
  switch (shape.type) {
    case "string":
      return textFinder(shape);
    case "object":
      return shape.patternProperties ? recordFinder(shape) : objectFinder(shape);
    case "array":
      return listFinder(shape);
    case "integer":
      return numberFinder(shape, Number.isInteger);
    case "number":
      return numberFinder(shape, Number.isFinite);
    case "boolean":
      return (value) => (typeof value === "boolean" ? null : wrong(shape, value));
    case "null":
      return (value) => (value === null ? null : wrong(shape, value));
    default:
      return () => null;
  }
}

function textFinder(shape: Keywords): FaultFinder {
  const { minLength = 0, maxLength = Infinity, pattern, format } = shape;
  // As in JSON Schema, a pattern may match anywhere.
  const regexp = pattern === undefined ? null : new RegExp(pattern);
  const accepts = format === undefined ? null : (SHAPE_FORMATS[format]?.accepts ?? null);
  return (value) => {
    if (typeof value !== "string") return wrong(shape, value);
    if (value.length > maxLength)
      return wrong(shape, value, { amount: value.length, unit: "character", limit: maxLength });
    const isFit =
      value.length >= minLength && (!regexp || regexp.test(value)) && (!accepts || accepts(value));
    return isFit ? null : wrong(shape, value);
  };
}

function numberFinder(shape: Keywords, isNumber: (value: unknown) => boolean): FaultFinder {
  const { minimum = -Infinity, maximum = Infinity } = shape;
  return (value) =>
    isNumber(value) && (value as number) >= minimum && (value as number) <= maximum
      ? null
      : wrong(shape, value);
}

function listFinder(shape: Keywords): FaultFinder {
  const { items = {}, minItems = 0, maxItems = Infinity, uniqueItems = false } = shape;
  const find = faultFinderOf(items);
  return (value) => {
    if (!Array.isArray(value)) return wrong(shape, value);
    const { length } = value;
    if (length > maxItems || length < minItems)
      return wrong(shape, value, { amount: length, unit: "item", limit: maxItems });
    for (let index = 0; index < length; index++) {
      const fault = find(value[index]);
      if (fault) return below(fault, index);
    }
    return uniqueItems && new Set(value).size < length ? wrong(shape, value) : null;
  };
}

function recordFinder(shape: Keywords): FaultFinder {
  const { patternProperties = {}, maxProperties = Infinity, "x-maxBytes": maxBytes = Infinity } = shape;
  const [inner = {}] = Object.values(patternProperties);
  const find = faultFinderOf(inner);
  const isWalked = maxProperties < Infinity || !acceptsAll(inner);
  return (value) => {
    if (!isObject(value)) return wrong(shape, value);
    const names = isWalked ? Object.keys(value) : [];
    if (names.length > maxProperties)
      return wrong(shape, value, { amount: names.length, unit: "name", limit: maxProperties });
    for (const name of names) {
      const fault = find(value[name]);
      if (fault) return below(fault, name);
    }
    const bytes = maxBytes < Infinity ? Buffer.byteLength(JSON.stringify(value)) : 0;
    return bytes > maxBytes ? wrong(shape, value, { amount: bytes, unit: "byte", limit: maxBytes }) : null;
  };
}

function objectFinder(shape: Keywords): FaultFinder {
  const { properties = {}, required = [] } = shape;
  const choices = shape["x-oneOf"];
  const finders = new Map(Object.entries(properties).map(([name, each]) => [name, faultFinderOf(each)]));
  return (value) => {
    if (!isObject(value)) return wrong(shape, value);
    let inner: Fault | null = null;
    // Parsed JSON inherits no enumerable properties.
    for (const name in value) {
      const find = finders.get(name);
      if (!find) return { kind: "unknown", path: [name], shape, found: value[name] };
      const each = value[name];
      if (inner || each === undefined) continue;
      const fault = find(each);
      if (fault) inner = below(fault, name);
    }
    for (const name of required)
      if (!has(value, name))
        return { kind: "wrong", path: [name], shape: properties[name] ?? {}, found: undefined };
    if (choices && choices.filter((name) => has(value, name)).length !== 1)
      return { kind: "not one", path: [], shape, found: value };
    return inner;
  };
}

/**
 * If one member alone has the value's type, its fault is reported. Among several objects, it is that of the one with all required names.
 */
function unionFinder(shape: Keywords, members: readonly Keywords[]): FaultFinder {
  const finders = members.map((member) => ({ member, find: faultFinderOf(member) }));
  return (value) => {
    const meant: { readonly member: Keywords; readonly fault: Fault }[] = [];
    for (const { member, find } of finders) {
      const fault = find(value);
      if (!fault) return null;
      if (isOfType(member, value)) meant.push({ member, fault });
    }
    const whole = meant.filter(({ member }) => isWhole(member, value));
    const [only, another] = meant.length > 1 ? whole : meant;
    const isTelling = only && !another && (only.fault.path.length > 0 || only.fault.measure !== undefined);
    return isTelling ? only.fault : wrong(shape, value);
  };
}

function isOfType({ type }: Keywords, value: unknown): boolean {
  if (type === "array") return Array.isArray(value);
  return type === "object" ? isObject(value) : type === typeof value;
}

function isWhole({ required = [] }: Keywords, value: unknown): boolean {
  return isObject(value) && required.every((name) => has(value, name));
}

/** Whether a value has a member of this name. */
export function has(value: object, name: string): boolean {
  return Object.hasOwn(value, name) && Reflect.get(value, name) !== undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(shape: Keywords, found: unknown, measure?: Measure): Fault {
  return { kind: "wrong", path: [], shape, found, ...(measure && { measure }) };
}

function below(fault: Fault, step: number | string): Fault {
  fault.path.push(step);
  return fault;
}
