import { type Image, MEDIA_TYPES, type SourceFormat } from "@progimage/core";
import type { Config } from "../config.ts";
import { entityTag } from "./entity_tag.ts";

const YEAR_SECONDS = 31_536_000;

/** What an image may do in a browser that opens it as a page: nothing. */
export const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** What {@linkcode imageHeaders} needs to know of an answer. */
export interface ImageAnswer {
  readonly image: Image;
  readonly format: SourceFormat;
  /** What the strong entity tag is made of. */
  readonly key: string;
  /** The bytes under this URL never change. */
  readonly isImmutable: boolean;
  /** The `Accept` header has chosen the format. */
  readonly isNegotiated: boolean;
  readonly now: number;
}

/** Gives the headers of an answer that carries an image. */
export function imageHeaders(
  answer: ImageAnswer,
  config: Pick<Config, "maxAge" | "staleWhileRevalidate">,
): Record<string, string> {
  const { image, format, key, isNegotiated } = answer;
  return {
    "content-type": MEDIA_TYPES[format],
    etag: entityTag(key),
    "last-modified": new Date(image.createdAt).toUTCString(),
    "cache-control": cacheControl(answer, config),
    "accept-ranges": "bytes",
    "content-security-policy": CONTENT_SECURITY_POLICY,
    // An SVG is a document that can hold scripts: it is saved, not shown.
    "content-disposition": format === "svg" ? "attachment" : "inline",
    ...(isNegotiated ? { vary: "Accept" } : {}),
  };
}

function cacheControl(answer: ImageAnswer, config: Pick<Config, "maxAge" | "staleWhileRevalidate">): string {
  const { expiresAt } = answer.image;
  const left = expiresAt === null ? YEAR_SECONDS : Math.max(0, Math.floor((expiresAt - answer.now) / 1000));
  if (answer.isImmutable) return `public, max-age=${Math.min(YEAR_SECONDS, left)}, immutable`;
  const maxAge = Math.min(config.maxAge, left);
  const stale = Math.min(config.staleWhileRevalidate, left - maxAge);
  return `public, max-age=${maxAge}${stale > 0 ? `, stale-while-revalidate=${stale}` : ""}`;
}
