import { ProgImageError } from "../../error.ts";

const PART_REGEXP = /^(?!\.)[^/\u0000-\u001f\u007f]+$/;
const MAX_PART_BYTES = 255;

/** With what may come before it, a name is a key of S3: at most 1,024 bytes. */
const MAX_NAME_BYTES = 900;

/** What systems leave in folders without being asked. What else they leave begins with a point. */
const LITTER: ReadonlySet<string> = new Set(["Thumbs.db", "desktop.ini", "__MACOSX"]);

/**
 * Tells whether files can have this name. No part of it is empty or begins with a point: what is hidden stays so, and nothing leads
 * out of the place.
 */
export function isFileName(name: string): boolean {
  return name.split("/").every(isPart) && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}

/** Tells whether a file with this name is wanted by nobody. */
export function isLitter(name: string): boolean {
  return name.split("/").some((part) => LITTER.has(part));
}

/** @throws {ProgImageError} `invalid_parameter` for a name that files cannot have */
export function checkFileName(name: string): void {
  if (!isFileName(name)) throw refuse("name", name);
}

/** @throws {ProgImageError} `invalid_parameter` for what names cannot begin with */
export function checkFilePrefix(prefix: string, parameter = "prefix"): void {
  if (prefix !== "" && !isFileName(prefix.endsWith("/") ? prefix.slice(0, -1) : prefix))
    throw refuse("prefix", prefix, parameter);
}

function isPart(part: string): boolean {
  return PART_REGEXP.test(part) && part.isWellFormed() && Buffer.byteLength(part) <= MAX_PART_BYTES;
}

function refuse(kind: "name" | "prefix", text: string, parameter: string = kind): ProgImageError {
  const rule = "parts with slashes between them, none of which is empty or begins with a point";
  const message = `Cannot use ${kind} of files as it must be ${rule}: it is ${JSON.stringify(text.slice(0, 64))}`;
  return new ProgImageError("invalid_parameter", message, { details: { parameter } });
}
