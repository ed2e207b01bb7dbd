/** The key with which a program signs. Each program with its secret can sign, so it must stay on servers. */
export interface SigningKey {
  /** The id of the key, which is public. */
  readonly keyId: string;
  /** Its signing secret, which begins with `pis_`. */
  readonly secret: string;
}

/** When a signature ends: one of both. */
export interface SignatureLife {
  /** Seconds from now. */
  readonly expiresIn?: number;
  /** A time that many URLs share lets caches keep their answers. */
  readonly expiresAt?: Date;
}

/** Options for {@linkcode sign}. */
export interface SignOptions extends SigningKey, SignatureLife {
  /** The URL of the server. It is needed if it has a path. @default {the origin of the URL} */
  readonly baseUrl?: string | URL;
}

/**
 * Returns a URL with a signature, which everyone can open until it ends; without `expiresIn` and `expiresAt`, until the key is revoked.
 * Works by WebCrypto in every runtime.
 *
 * @throws {TypeError} if the URL is not below the URL of the server, or has a signature
 * @throws {RangeError} for an invalid time
 */
export async function sign(url: string | URL, options: SignOptions): Promise<string> {
  return await signFor("GET", url, options);
}

/** The uses of signatures, by the methods that they allow. */
const PURPOSES = { GET: "url", POST: "upload" } as const;

/** Signs a URL for a method. */
export async function signFor(
  method: keyof typeof PURPOSES,
  url: string | URL,
  { keyId, secret, baseUrl, ...life }: SignOptions,
): Promise<string> {
  const { origin, pathname, search } = new URL(url);
  const base = new URL(baseUrl ?? origin);
  const root = base.pathname.replace(/\/+$/, "");
  if (origin !== base.origin || !pathname.startsWith(`${root}/`))
    throw new TypeError(`Cannot sign ${url}: it must be below ${base.origin}${root}/`);
  const reserved = ["exp", "kid", "sig"].find((name) => new URLSearchParams(search).has(name));
  if (reserved !== undefined) throw new TypeError(`Cannot sign a URL that has the parameter ${reserved}`);
  const target = pathname.slice(root.length) + search;
  const expiry = expiryOf(life);
  const text = `${target}${search === "" ? "?" : "&"}${expiry === null ? "" : `exp=${expiry}&`}kid=${keyId}`;
  const key = await hmacKeyOf(secret, PURPOSES[method]);
  const signature = await crypto.subtle.sign("HMAC", key, bytesOf(`${method}\n${text}`));
  return `${origin}${root}${text}&sig=${base64Url(signature)}`;
}

/** Returns the key for one use of a signing secret: HKDF with SHA-256 and without salt. @see https://www.rfc-editor.org/rfc/rfc5869 */
async function hmacKeyOf(secret: string, purpose: string): Promise<CryptoKey> {
  const { subtle } = crypto;
  const whole = await subtle.importKey("raw", bytesOf(secret), "HKDF", false, ["deriveKey"]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: bytesOf(purpose) };
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
  return await subtle.deriveKey(hkdf, whole, hmac, false, ["sign"]);
}

/** Returns when a signature ends, in seconds since 1970; `null` for never. */
function expiryOf({ expiresIn, expiresAt }: SignatureLife): number | null {
  if (expiresIn !== undefined && expiresAt !== undefined)
    throw new TypeError("Cannot sign with both expiresIn and expiresAt: give one of them");
  if (expiresIn === undefined && expiresAt === undefined) return null;
  const seconds = Math.floor((expiresAt?.getTime() ?? Date.now()) / 1000) + Math.ceil(expiresIn ?? 0);
  const isLater = expiresIn === undefined || expiresIn > 0;
  if (Number.isSafeInteger(seconds) && seconds > 0 && isLater) return seconds;
  throw new RangeError(`Cannot sign until ${expiresAt ?? `in ${expiresIn} s`}: it must be a time to come`);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function base64Url(bytes: ArrayBuffer): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
