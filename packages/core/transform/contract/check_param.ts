import { aliasesFault } from "./check_aliases.ts";
import { keysFault } from "./check_keys.ts";
import { isName, isReservedParam, quote } from "../recipe/names.ts";
import type { ListParam, MemberParam, NumberOptions, Param } from "./param.ts";
import { pointRange } from "../values/point.ts";
import { readParamJson } from "../recipe/read_param.ts";

/** The keys of a declaration by its kind, besides the common ones. */
const KINDS: Readonly<Record<Param["kind"], readonly string[]>> = {
  number: ["min", "max", "words"],
  integer: ["min", "max", "words"],
  boolean: [],
  choice: ["values"],
  color: [],
  length: ["min", "max"],
  text: ["maxLength"],
  image: [],
  point: ["min", "max"],
  list: ["of", "min", "max"],
};

const MEMBER_KINDS: ReadonlySet<unknown> = new Set<MemberParam["kind"]>([
  "number",
  "integer",
  "boolean",
  "choice",
  "color",
  "length",
  "point",
]);

/** The largest `max` that a list may declare. */
const MOST_MEMBERS = 1_000;

const COMMON_KEYS = ["kind", "summary", "default", "optional"];
const PARAM_KEYS = [...COMMON_KEYS, "aliases", "deprecated"];

/** Returns the error in the declaration of a plugin's setting, as the end of a sentence that begins with its name, or `null`. */
export function settingFault(key: string, setting: Param | undefined): string | null {
  if (setting?.kind === "image") return "must be of another kind: images come with requests";
  const keys = setting?.kind === "text" ? [...COMMON_KEYS, "secret"] : COMMON_KEYS;
  return declarationFault(key, setting, { keys, of: "its settings" });
}

/** Returns the error in the declaration of a parameter, as the end of a sentence that begins with its name, or `null`. */
export function paramFault(key: string, param: Param | undefined, transform: string): string | null {
  if (isReservedParam(key)) return "has a reserved name";
  return declarationFault(key, param, { keys: PARAM_KEYS, of: transform });
}

interface Declaration {
  /** The keys that it may have, besides those of its kind. */
  readonly keys: readonly string[];
  /** The owner of the declaration: the name of a transform, or "its settings". */
  readonly of: string;
}

function declarationFault(key: string, param: Param | undefined, { keys, of }: Declaration): string | null {
  if (!isName(key)) return "must have a name of letters and digits that begins with a small letter";
  if (param === undefined || !Object.hasOwn(KINDS, param.kind))
    return `has an unknown kind: ${quote(param?.kind)}`;
  return (
    keysFault(param, [...keys, ...KINDS[param.kind]]) ??
    aliasesFault(param, isReservedParam) ??
    kindFault(param) ??
    defaultFault(key, param, of)
  );
}

function kindFault(param: Param): string | null {
  switch (param.kind) {
    case "number":
    case "integer":
      return rangeFault(param) ?? wordsFault(param.words ?? [], "words");
    case "length":
      return rangeFault(param);
    case "choice":
      return param.values?.length > 0
        ? wordsFault(param.values, "values")
        : "must have values to choose from";
    case "text":
      return isLength(param.maxLength)
        ? null
        : `has a maxLength that is no whole number: ${quote(param.maxLength)}`;
    case "point":
      return rangeFault(pointRange(param));
    case "list":
      return listFault(param);
    default:
      return null;
  }
}

function listFault({ of, min = 0, max }: ListParam): string | null {
  if (!Number.isSafeInteger(max) || max < 1 || max > MOST_MEMBERS)
    return `has a max that is no whole number from 1 to ${MOST_MEMBERS}: ${quote(max)}`;
  if (!Number.isSafeInteger(min) || min < 0 || min > max)
    return `has a min that is no whole number from 0 to its max: ${quote(min)}`;
  if (!MEMBER_KINDS.has(of?.kind)) return `has members of a kind that no list can have: ${quote(of?.kind)}`;
  const fault = keysFault(of, ["kind", ...KINDS[of.kind]]) ?? kindFault(of);
  if (fault !== null) return `has members whose declaration ${fault}`;
  const words = of.kind === "choice" ? of.values : "words" in of ? (of.words ?? []) : [];
  const divided = words.find((word) => /[;,]|^$/.test(word));
  return divided === undefined
    ? null
    : `has a member that is empty or has a comma or semicolon: ${quote(divided)}`;
}

function rangeFault({ min = -Infinity, max = Infinity }: NumberOptions): string | null {
  if (Number.isNaN(min) || typeof min !== "number") return `has a min that is no number: ${quote(min)}`;
  if (Number.isNaN(max) || typeof max !== "number") return `has a max that is no number: ${quote(max)}`;
  return min > max ? `allows no value as its min ${min} is above its max ${max}` : null;
}

function wordsFault(words: unknown, name: string): string | null {
  const areWords = Array.isArray(words) && words.every((word) => typeof word === "string");
  return areWords ? null : `must have a list of texts as its ${name}: it has ${quote(words)}`;
}

function isLength(length: unknown): boolean {
  return length === undefined || (Number.isSafeInteger(length) && (length as number) >= 0);
}

function defaultFault(key: string, param: Param, transform: string): string | null {
  if (param.default === undefined) return null;
  try {
    const canonical = readParamJson(param, param.default, { name: key, transform });
    return Bun.deepEquals(canonical, param.default)
      ? null
      : `has a default that must be written ${quote(canonical)}`;
  } catch {
    return `has a default that it would refuse: ${quote(param.default)}`;
  }
}
