import { ProgImageError } from "../../error.ts";

const PART_REGEXP = /^(?!\.)[^/\u0000-\u001f\u007f]+$/;
const MAX_PART_BYTES = 255;

/** A name with its prefix is an S3 key, which has at most 1,024 bytes. */
const MAX_NAME_BYTES = 900;

/** Files that systems create in folders by themselves. All other such files begin with a dot. */
const LITTER: ReadonlySet<string> = new Set(["Thumbs.db", "desktop.ini", "__MACOSX"]);

/**
 * Returns whether a file can have this name. No part of it is empty or begins with a dot: hidden files stay hidden, and no name leads
 * out of the exchange.
 */
export function isFileName(name: string): boolean {
  return name.split("/").every(isPart) && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}

/** Returns whether a name belongs to a file that systems create by themselves. */
export function isLitter(name: string): boolean {
  return name.split("/").some((part) => LITTER.has(part));
}

/** @throws {ProgImageError} `invalid_parameter` for a name that files cannot have */
export function checkFileName(name: string): void {
  if (!isFileName(name)) throw refuse("name", name);
}

/** @throws {ProgImageError} `invalid_parameter` for a prefix that no name can have */
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
