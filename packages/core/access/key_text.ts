import { randomBytes, timingSafeEqual } from "node:crypto";

/** The parts of a key as its caller sends it. */
export interface KeyText {
  /** It is public. */
  readonly id: string;
  /** The secret part, with its checksum. */
  readonly secret: string;
}

/** Makes a leaked key easy to find by scanners. */
export const KEY_PREFIX = "pi_";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const ID_BYTES = 8;
const ID_DIGITS = 11;
const SECRET_BYTES = 32;
const SECRET_DIGITS = 43;
const CHECKSUM_DIGITS = 6;

const KEY_REGEXP = new RegExp(
  `^${KEY_PREFIX}([0-9A-Za-z]{${ID_DIGITS}})_([0-9A-Za-z]{${SECRET_DIGITS + CHECKSUM_DIGITS}})$`,
);

const KEY_ID_REGEXP = new RegExp(`^[0-9A-Za-z]{${ID_DIGITS}}$`);

/** Whether a text has the form of the id of a key. */
export function isKeyId(text: string): boolean {
  return KEY_ID_REGEXP.test(text);
}

/** Returns a new key: `pi_{id}_{secret}`. Its secret has 256 random bits, and ends with a checksum of the whole. */
export function newKeyText(): KeyText {
  const id = base62(randomBytes(ID_BYTES), ID_DIGITS);
  const random = base62(randomBytes(SECRET_BYTES), SECRET_DIGITS);
  return { id, secret: `${random}${checksum(id, random)}` };
}

/** Returns the text that a caller sends. */
export function writeKeyText({ id, secret }: KeyText): string {
  return `${KEY_PREFIX}${id}_${secret}`;
}

/** Returns the parts of a key, or `null` for another text and for a misspelt key, which its checksum shows. */
export function parseKeyText(text: string): KeyText | null {
  const [, id, secret] = KEY_REGEXP.exec(text) ?? [];
  if (id === undefined || secret === undefined) return null;
  const random = secret.slice(0, SECRET_DIGITS);
  return secret.slice(SECRET_DIGITS) === checksum(id, random) ? { id, secret } : null;
}

/** Returns the SHA-256 of a secret, in 64 hexadecimal digits. A slow hash would add nothing to 256 random bits. */
export function hashSecret(secret: string): string {
  return new Bun.CryptoHasher("sha256").update(secret).digest("hex");
}

/** Whether a secret has a hash of {@linkcode hashSecret}. The time that it takes tells nothing about the hash. */
export function hasHash(secret: string, hash: string): boolean {
  const [found, wanted] = [Buffer.from(hashSecret(secret)), Buffer.from(hash)];
  return found.length === wanted.length && timingSafeEqual(found, wanted);
}

/** Returns the CRC-32 of the rest of a key. Scanners find leaked keys by it, and a misspelt key costs no look-up. */
function checksum(id: string, random: string): string {
  const sum = Bun.hash.crc32(`${KEY_PREFIX}${id}_${random}`);
  return digitsOf(BigInt(sum), CHECKSUM_DIGITS);
}

function base62(bytes: Uint8Array, length: number): string {
  return digitsOf(BigInt(`0x${Buffer.from(bytes).toString("hex")}`), length);
}

function digitsOf(number: bigint, length: number): string {
  const base = BigInt(DIGITS.length);
  let text = "";
  for (let rest = number; text.length < length; rest /= base)
    text = DIGITS.charAt(Number(rest % base)) + text;
  return text;
}
