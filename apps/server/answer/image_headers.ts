import { type Image, mediaTypeOf, type SourceFormat } from "@progimage/core";
import type { Config } from "../settings/config.ts";
import type { Validators } from "./conditions.ts";
import { entityTag } from "./entity_tag.ts";
import { type Download, fileDisposition } from "./file_disposition.ts";
import type { ImageAnswer } from "./image_answer.ts";
import { PICTURE_PAGE_HEADERS } from "./page_headers.ts";

const YEAR_SECONDS = 31_536_000;

/**
 * How caches may keep an answer. `forever`: the bytes under this URL never change. `a_while`: for the configured time. `no`: a cache asks
 * before each use, as the URL names another version.
 */
export type Keeping = "a_while" | "forever" | "no";

/** The properties of an answer that determine its headers. */
export interface ImageAnswerTraits extends Validators {
  readonly image: Pick<Image, "name">;
  readonly format: SourceFormat;
  readonly keeping: Keeping;
  /** Whether everyone may have the answer. Otherwise only its caller may keep it, and asks before each use. */
  readonly isPublic: boolean;
  /** When the answer ends to be valid, in milliseconds since 1970; `null` if never. */
  readonly expiresAt: number | null;
  /** Whether the `Accept` header has selected the format. */
  readonly isNegotiated: boolean;
  readonly download: Download;
  readonly now: number;
}

/** Returns the validators of an image, from its key and the earliest time of its bytes, in milliseconds since 1970. */
export function validatorsOf(key: string, modifiedAt: number): Validators {
  return { etag: entityTag(key), lastModified: new Date(modifiedAt).toUTCString() };
}

/** Returns the headers of an answer with an image. */
export function imageHeaders(
  traits: ImageAnswerTraits,
  config: Pick<Config, "maxAge" | "staleWhileRevalidate">,
): ImageAnswer {
  const { image, format, etag, lastModified, download } = traits;
  const vary = varyOf(traits);
  const notModifiedHeaders = {
    etag,
    "last-modified": lastModified,
    "cache-control": cacheControl(traits, config),
    ...(vary !== null && { vary }),
  };
  const headers = {
    ...notModifiedHeaders,
    "content-type": mediaTypeOf(format),
    "accept-ranges": "bytes",
    ...PICTURE_PAGE_HEADERS,
    "content-disposition": fileDisposition(image.name ?? "", format, download),
  };
  return { etag, lastModified, headers, notModifiedHeaders, cacheSeconds: cacheSecondsOf(traits, config) };
}

function varyOf({
  isNegotiated,
  isPublic,
}: Pick<ImageAnswerTraits, "isNegotiated" | "isPublic">): string | null {
  if (isPublic) return isNegotiated ? "Accept" : null;
  return isNegotiated ? "Accept, Authorization" : "Authorization";
}

function cacheControl(
  answer: ImageAnswerTraits,
  config: Pick<Config, "maxAge" | "staleWhileRevalidate">,
): string {
  const { isPublic, keeping } = answer;
  if (!isPublic) return "private, no-cache";
  if (keeping === "no") return "no-cache";
  const maxAge = cacheSecondsOf(answer, config);
  if (keeping === "forever") return `public, max-age=${maxAge}, immutable`;
  const stale = Math.min(config.staleWhileRevalidate, secondsLeft(answer) - maxAge);
  return `public, max-age=${maxAge}${stale > 0 ? `, stale-while-revalidate=${stale}` : ""}`;
}

function cacheSecondsOf(answer: ImageAnswerTraits, { maxAge }: Pick<Config, "maxAge">): number {
  if (answer.keeping === "no") return 0;
  return Math.min(answer.keeping === "forever" ? YEAR_SECONDS : maxAge, secondsLeft(answer));
}

function secondsLeft({ expiresAt, now }: Pick<ImageAnswerTraits, "expiresAt" | "now">): number {
  return expiresAt === null ? YEAR_SECONDS : Math.max(0, Math.floor((expiresAt - now) / 1000));
}
