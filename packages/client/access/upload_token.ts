import type { SourceFormat } from "../images/image.ts";
import { describe, type NamedDescription } from "../upload/image_description.ts";
import { type SignatureLife, signFor, type SigningKey } from "./sign.ts";

/** The terms of an upload token, and the attributes of the image, which the token's owner cannot change. */
export interface UploadTerms extends NamedDescription {
  /** The most bytes that the image may have. */
  readonly maxBytes?: number;
  /** The formats that the image may have, by its bytes. */
  readonly formats?: readonly SourceFormat[];
  /** Whether the token allows one image only. @default {false} */
  readonly once?: boolean;
}

/** Options for {@linkcode uploadToken}. A token ends within a week: `expiresIn` is 600 seconds by default. */
export interface UploadTokenOptions extends SigningKey, SignatureLife {
  /** The URL of the server, including its path if it has one. */
  readonly baseUrl: string | URL;
  readonly upload?: UploadTerms;
}

/** The life of a token that names none, in seconds. */
const DEFAULT_SECONDS = 600;

/** The longest life of a token that servers accept, in seconds: a week. */
const LONGEST_SECONDS = 604_800;

/**
 * Returns a URL to which everyone can upload one image with {@linkcode uploadTo}, or any number until it ends.
 *
 * @throws {RangeError} for an invalid time, or one that is more than a week away
 */
export async function uploadToken({ baseUrl, upload = {}, ...options }: UploadTokenOptions): Promise<string> {
  const { maxBytes, formats = [], once, ...description } = upload;
  const query = new URLSearchParams();
  if (maxBytes !== undefined) query.append("maxBytes", String(maxBytes));
  for (const format of formats) query.append("formats", format);
  if (once !== undefined) query.append("once", String(once));
  describe(description).forEach((value, name) => query.append(name, value));
  const url = `${String(baseUrl).replace(/\/+$/, "")}/images${query.size === 0 ? "" : `?${query}`}`;
  const { expiresAt, expiresIn = expiresAt === undefined ? DEFAULT_SECONDS : undefined } = options;
  const seconds = expiresIn ?? (Number(expiresAt) - Date.now()) / 1000;
  if (seconds > LONGEST_SECONDS)
    throw new RangeError(
      `Cannot make an upload token as it must end within a week, ${LONGEST_SECONDS} s: it ends in ${Math.ceil(seconds)} s`,
    );
  return await signFor("POST", url, { ...options, expiresIn, baseUrl });
}
