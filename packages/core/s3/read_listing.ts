import type { ObjectEntry } from "../object/object_store.ts";

/** An unfinished multipart upload. */
export interface OpenUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly startedAt: number;
}

/** One page of a listing. */
export interface ListingPage {
  readonly entries: readonly ObjectEntry[];
  /** The common prefixes of the remaining keys, if a delimiter was given. */
  readonly beginnings: readonly string[];
  /** The continuation token of the next page; `null` after the last. */
  readonly next: string | null;
}

/** Reads a ListObjectsV2 response. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function readListing(xml: string): ListingPage {
  const entries = elements(xml, "Contents").map((content) => ({
    key: textOf(content, "Key"),
    bytes: Number(textOf(content, "Size")),
    modifiedAt: Date.parse(textOf(content, "LastModified")),
  }));
  const beginnings = elements(xml, "CommonPrefixes").map((common) => textOf(common, "Prefix"));
  const isTruncated = textOf(xml, "IsTruncated") === "true";
  return { entries, beginnings, next: isTruncated ? textOf(xml, "NextContinuationToken") || null : null };
}

/** Reads a ListMultipartUploads response: the first thousand uploads. */
export function readUploads(xml: string): readonly OpenUpload[] {
  return elements(xml, "Upload").map((upload) => ({
    key: textOf(upload, "Key"),
    uploadId: textOf(upload, "UploadId"),
    startedAt: Date.parse(textOf(upload, "Initiated")),
  }));
}

/** Assumes that there are no nested elements of the same name, comments or CDATA. S3 writes none. */
function elements(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, "g"))].map((match) => match[1] ?? "");
}

function textOf(xml: string, name: string): string {
  const [, text = ""] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  return text.replace(/&(#\d+|#x[\da-f]+|\w+);/gi, (_, entity: string) => unescaped(entity));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(entity: string): string {
  if (!entity.startsWith("#")) return ENTITIES[entity] ?? "";
  const isHex = /^#x/i.test(entity);
  return String.fromCodePoint(Number.parseInt(entity.slice(isHex ? 2 : 1), isHex ? 16 : 10));
}
