import type { Purpose } from "./signing_secret.ts";

/** A path and query with a signature. */
export interface SignedTarget {
  readonly whole: string;
  /** The signed part: the path and the query before `&sig=`. */
  readonly text: string;
  /** The path and the query without `exp`, `kid` and `sig`. */
  readonly bare: string;
  /** When the signature ends, in seconds since 1970; `null` if never. */
  readonly exp: number | null;
  /** The id of the key that has signed. */
  readonly kid: string;
  readonly sig: string;
}

/** The three parameters of a signature, which are the last ones. An HMAC-SHA-256 has 43 characters of base64url. */
const TAIL_REGEXP = /[?&](?:exp=(0|[1-9]\d{0,10})&)?kid=([\w.-]{1,128})&sig=([\w-]{43})$/;

const SIG_REGEXP = /[?&]sig=/;

const SIG_VALUES_REGEXP = /([?&]sig=)[^&]*/g;

/** Names can also be written with percent-encoding. */
const RESERVED_REGEXP = /[?&](?:exp|kid|sig)(?:[=&]|$)|%/;

const RESERVED: readonly string[] = ["exp", "kid", "sig"];

/** Whether a path and query have a parameter `sig`. */
export function hasSignature(target: string): boolean {
  return SIG_REGEXP.test(target);
}

/** Returns a path and query for the log, without the values of its signatures. One that was refused here may be valid elsewhere. */
export function hideSignature(target: string): string {
  return hasSignature(target) ? target.replace(SIG_VALUES_REGEXP, "$1…") : target;
}

/** Returns the parts of a path and query with a signature. Returns `null` if its parameters are not the last ones, or not each there once. */
export function splitSignature(target: string): SignedTarget | null {
  const [tail, exp, kid = "", sig = ""] = TAIL_REGEXP.exec(target) ?? [];
  if (tail === undefined || target.includes("#")) return null;
  const bare = target.slice(0, -tail.length);
  if (tail.startsWith("?") === bare.includes("?") || namesReserved(bare)) return null;
  const text = target.slice(0, -`&sig=${sig}`.length);
  return { whole: target, text, bare, exp: exp === undefined ? null : Number(exp), kid, sig };
}

/** Whether a path and query have a parameter with the name of one of a signature. */
export function namesReserved(target: string): boolean {
  const start = target.indexOf("?");
  if (start < 0 || !RESERVED_REGEXP.test(target)) return false;
  return [...new URLSearchParams(target.slice(start + 1)).keys()].some((name) => RESERVED.includes(name));
}

/** Returns the text over which a signature is made. `HEAD` counts as `GET`. */
export function canonicalText(method: string, text: string): string {
  return `${method === "HEAD" ? "GET" : method}\n${text}`;
}

/** Returns the use of signatures that a method needs; `null` if no signature allows it. */
export function purposeOf(method: string): Purpose | null {
  if (method === "GET" || method === "HEAD") return "url";
  return method === "POST" ? "upload" : null;
}
