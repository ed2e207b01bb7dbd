import { timingSafeEqual } from "node:crypto";
import { LRUCache } from "lru-cache";
import { canonicalText, purposeOf, type SignedTarget } from "./signed_target.ts";
import { hmacKeyOf, type Purpose, signatureOf, signingSecretOf } from "./signing_secret.ts";

/** A request that a signature shall allow. */
export interface SignableRequest {
  readonly method: "GET" | "POST";
  /** Its path and query below the public URL, as the WHATWG URL standard writes them. */
  readonly target: string;
}

/** Options for {@linkcode Signatures.sign}. */
export interface SignOptions {
  readonly keyId: string;
  /** When the signature ends, in seconds since 1970; `null` for never. */
  readonly exp: number | null;
}

/** The keys whose derived keys are cached. */
const CAPACITY = 1_000;

const CAPACITY_OF_URLS = 10_000;

/** Longer URLs are verified each time: they must not fill our memory. */
const LONGEST_URL = 1_024;

/** Makes and verifies the signatures of URLs with the secrets of the server. The first secret makes new ones, and all verify. */
export class Signatures {
  readonly #secrets: readonly string[];
  /** Signed URLs that were found to be valid, by themselves: most are requested many times. */
  readonly #verified = new LRUCache<string, SignedTarget>({ max: CAPACITY_OF_URLS });
  /** HMAC keys by use and key id, one for each secret. */
  readonly #keys = new LRUCache<string, readonly Uint8Array[]>({ max: CAPACITY });

  /** @param secrets At least one */
  constructor(secrets: readonly string[]) {
    if (secrets.length === 0) throw new RangeError("Signatures need at least one secret");
    this.#secrets = secrets;
  }

  /** Returns the signing secret of a key, for programs that sign URLs themselves. */
  secretOf(keyId: string): string {
    return signingSecretOf(this.#secrets[0] ?? "", keyId);
  }

  /** Returns a path and query with its signature. */
  sign({ method, target }: SignableRequest, { keyId, exp }: SignOptions): string {
    const expiry = exp === null ? "" : `exp=${exp}&`;
    const text = `${target}${target.includes("?") ? "&" : "?"}${expiry}kid=${keyId}`;
    const purpose = method === "GET" ? "url" : "upload";
    const keys = this.#keysOf(keyId, purpose);
    this.#keys.set(nameOf(keyId, purpose), keys);
    const [key] = keys;
    return `${text}&sig=${signatureOf(key ?? new Uint8Array(), canonicalText(method, text))}`;
  }

  /** Returns the parts of a signed URL that was found to be valid before, or `null`. */
  recall(url: string): SignedTarget | null {
    return this.#verified.get(url) ?? null;
  }

  /** Whether a signature allows a method. It does not regard the expiry, nor whether there is such a key. */
  verify(method: string, signed: SignedTarget): boolean {
    const purpose = purposeOf(method);
    if (purpose === "url" && this.#verified.get(signed.whole) === signed) return true;
    const isValid = purpose !== null && this.#compare(method, purpose, signed);
    if (isValid && purpose === "url" && signed.whole.length <= LONGEST_URL)
      this.#verified.set(signed.whole, signed);
    return isValid;
  }

  /** Takes the same time for any wrong signature of a key. Ids can be invented, so only the keys of valid signatures are kept. */
  #compare(method: string, purpose: Purpose, { kid, sig, text }: SignedTarget): boolean {
    const given = Buffer.from(sig);
    const signed = canonicalText(method, text);
    const keys = this.#keysOf(kid, purpose);
    const isValid = keys.some((key) => timingSafeEqual(given, Buffer.from(signatureOf(key, signed))));
    if (isValid) this.#keys.set(nameOf(kid, purpose), keys);
    return isValid;
  }

  #keysOf(keyId: string, purpose: Purpose): readonly Uint8Array[] {
    const known = this.#keys.get(nameOf(keyId, purpose));
    return known ?? this.#secrets.map((secret) => hmacKeyOf(signingSecretOf(secret, keyId), purpose));
  }
}

function nameOf(keyId: string, purpose: Purpose): string {
  return `${purpose} ${keyId}`;
}
