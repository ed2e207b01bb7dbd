import { type AddressRange, readAddressRanges } from "../access/address/address_range.ts";
import { webhookSecretBytes } from "../jobs/webhook_secret.ts";

/** A setting of the server: its environment variable, its default and its help. */
export interface Setting<T> {
  readonly variable: string;
  readonly help: string;
  /** The value if the variable is missing, in the syntax of the environment. */
  readonly fallback: string;
  /** Never shown, not even in error messages, and removed from the environment before plugins are loaded. */
  readonly isSecret?: boolean;
  /** Reads the text of the variable. Throws an `Error` that completes the sentence "it must be …". */
  readonly read: (text: string) => T;
}

/** Options for {@linkcode integer}. */
export interface IntegerOptions {
  readonly min?: number;
  readonly max?: number;
}

/** A whole number; underscores may group its digits. */
export function integer(
  variable: string,
  fallback: number,
  help: string,
  options: IntegerOptions = {},
): Setting<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  const must = `a whole number from ${min} to ${max === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : max}`;
  const read = (value: string) => {
    const number = /^\d+(?:_\d+)*$/.test(value) ? Number(value.replaceAll("_", "")) : Number.NaN;
    if (!(number >= min && number <= max)) throw new Error(must);
    return number;
  };
  return { variable, help, fallback: String(fallback), read };
}

/** Any text. */
export function text(variable: string, fallback: string, help: string): Setting<string> {
  return { variable, help, fallback, read: (value) => value };
}

/** Any text that must stay secret. */
export function secret(variable: string, help: string): Setting<string> {
  return { ...text(variable, "", help), isSecret: true };
}

/** A key prefix, which ends with a slash unless it is empty. */
export function keyPrefix(variable: string, help: string): Setting<string> {
  const read = (value: string) => {
    if (value !== "" && !/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*\/?$/.test(value))
      throw new Error("letters, digits, points, hyphens and underscores, with slashes between them");
    return value === "" || value.endsWith("/") ? value : `${value}/`;
  };
  return { variable, help, fallback: "", read };
}

/** `true` or `false`. */
export function flag(variable: string, fallback: boolean, help: string): Setting<boolean> {
  const read = (value: string) => {
    if (value === "true" || value === "1") return true;
    if (value === "false" || value === "0") return false;
    throw new Error("true or false");
  };
  return { variable, help, fallback: String(fallback), read };
}

/** One of the given words. */
export function choice<const Word extends string>(
  variable: string,
  words: readonly Word[],
  fallback: NoInfer<Word>,
  help: string,
): Setting<Word> {
  const read = (value: string) => {
    const word = words.find((candidate) => candidate === value);
    if (!word) throw new Error(`one of ${words.join(", ")}`);
    return word;
  };
  return { variable, help, fallback, read };
}

/** Texts separated by commas. */
export function list(variable: string, help: string): Setting<readonly string[]> {
  const read = (value: string) =>
    value
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  return { variable, help, fallback: "", read };
}

/** A command and its arguments, separated by spaces. There are no quotes. */
export function commandLine(variable: string, help: string): Setting<readonly string[]> {
  const read = (value: string) => {
    const [command, ...args] = value.split(/\s+/).filter((word) => word !== "");
    if (command === undefined) return [];
    if (!Bun.which(command)) throw new Error("a command that can be run here, and its arguments");
    return [command, ...args];
  };
  return { variable, help, fallback: "", read };
}

/** Pairs of names, `one=other`, separated by commas. */
export function pairs(variable: string, help: string): Setting<ReadonlyMap<string, string>> {
  const { read: readList, ...setting } = list(variable, help);
  const read = (value: string) => {
    const items = readList(value).map((item) => item.split("=").map((name) => name.trim()));
    const map = new Map(items.map(([name = "", other = ""]) => [name, other]));
    const arePairs = items.every((names) => names.length === 2 && !names.includes(""));
    if (!arePairs || map.size < items.length)
      throw new Error("pairs such as one=other by commas, each name once");
    return map;
  };
  return { ...setting, read };
}

/** Metadata keys separated by commas. */
export function metadataKeys(variable: string, help: string): Setting<readonly string[]> {
  const { read: readList, ...setting } = list(variable, help);
  const read = (value: string) => {
    const keys = [...new Set(readList(value))];
    if (keys.length > MOST_KEYS || !keys.every((key) => /^[\w-]{1,64}$/.test(key)))
      throw new Error(
        `at most ${MOST_KEYS} keys such as sku,albumId, by commas, of letters, digits, hyphens and underscores`,
      );
    return keys;
  };
  return { ...setting, read };
}

/** Each key costs an index entry for each image that has it. */
const MOST_KEYS = 16;

/** Host names separated by commas, in lower case; `*.` matches all names below one, `*` all names. */
export function hosts(variable: string, help: string): Setting<readonly string[]> {
  const { read: readList, ...setting } = list(variable, help);
  const read = (value: string) => {
    const items = readList(value.toLowerCase());
    if (!items.every((item) => item === "*" || HOST_NAME_REGEXP.test(item)))
      throw new Error("names such as images.internal or *.example.com, without port, by commas, or *");
    return items;
  };
  return { ...setting, read };
}

const HOST_NAME_REGEXP = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** IP addresses and CIDR blocks separated by commas; `loopback` and `private` stand for several. */
export function addressRanges(
  variable: string,
  fallback: string,
  help: string,
): Setting<readonly AddressRange[]> {
  const { read: readList } = list(variable, help);
  const read = (value: string) =>
    readList(value).flatMap((text) => {
      const ranges = readAddressRanges(text);
      if (ranges) return ranges;
      throw new Error("addresses such as 10.0.0.5 or 2001:db8::/32, loopback or private, by commas, or none");
    });
  return { variable, help, fallback, read: (value) => (value === "none" ? [] : read(value)) };
}

/** Origins separated by commas, or `*`. */
export function origins(variable: string, help: string): Setting<readonly string[]> {
  const { read: readList, ...setting } = list(variable, help);
  const read = (value: string) => {
    const items = readList(value);
    const isOrigin = (item: string) => item === "*" || URL.parse(item)?.origin === item;
    if (!items.every(isOrigin)) throw new Error("origins such as https://app.example.com, by commas, or *");
    return items;
  };
  return { ...setting, read };
}

/** Secrets with which webhooks are signed, separated by commas. */
export function webhookSecrets(variable: string, help: string): Setting<readonly Uint8Array[]> {
  const { read: readList, ...setting } = list(variable, help);
  const read = (value: string) =>
    readList(value).map((text) => {
      const bytes = webhookSecretBytes(text);
      if (bytes) return bytes;
      throw new Error("whsec_ and 24 to 64 bytes in base64, several of them by commas");
    });
  return { ...setting, isSecret: true, read };
}

/** The fewest bytes of a secret from which keys are derived. */
const SECRET_BYTES = 32;

/** Secrets of at least 32 bytes, separated by commas. */
export function longSecrets(variable: string, help: string): Setting<readonly string[]> {
  return { variable, help, fallback: "", isSecret: true, read: readLongSecrets };
}

/** Reads secrets that are separated by commas or line breaks. Throws an `Error` that completes the sentence "it must be …". */
export function readLongSecrets(value: string): readonly string[] {
  const items = value.split(/[,\r\n]/).map((item) => item.trim());
  const secrets = items.filter((item) => item !== "");
  if (secrets.every((secret) => Buffer.byteLength(secret) >= SECRET_BYTES)) return secrets;
  throw new Error(`texts of at least ${SECRET_BYTES} bytes, several of them by commas`);
}

/** An absolute http(s) URL without a query, or nothing. Returned without a trailing slash. */
export function url(variable: string, help: string): Setting<string> {
  const read = (value: string) => {
    if (value === "") return value;
    const parsed = URL.parse(value);
    if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.search || parsed.hash || parsed.username) {
      throw new Error("an http or https URL such as https://images.example.com/base, without query");
    }
    return parsed.href.replace(/\/+$/, "");
  };
  return { variable, help, fallback: "", read };
}

/** The TLS modes of a connection to Postgres. @see https://www.postgresql.org/docs/current/libpq-ssl.html */
const SSL_MODES: readonly string[] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/** The URL of a Postgres database with everything needed to connect, including the password; or nothing. */
export function postgresUrl(variable: string, help: string): Setting<string> {
  const read = (value: string) => {
    if (value === "") return value;
    const parsed = URL.parse(value);
    if (!parsed || !isPostgresUrl(parsed))
      throw new Error("a URL such as postgres://user:password@db.internal:5432/progimage");
    const mode = parsed.searchParams.get("sslmode");
    if (mode !== null && !SSL_MODES.includes(mode))
      throw new Error(`a URL whose sslmode is one of ${SSL_MODES.join(", ")}`);
    return value;
  };
  return { variable, help, fallback: "", isSecret: true, read };
}

function isPostgresUrl({ protocol, username, password, hostname, pathname }: URL): boolean {
  if (!/^postgres(?:ql)?:$/.test(protocol) || hostname === "" || pathname.length < 2) return false;
  // An invalid percent-encoding crashes the driver.
  return [username, password, pathname].every(isDecodable);
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
