import type { ObjectEntry } from "../object/object_store.ts";

/** An upload in parts that nobody has finished. */
export interface OpenUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly startedAt: number;
}

/** One page of a listing. */
export interface ListingPage {
  readonly entries: readonly ObjectEntry[];
  /** The beginnings that the rest of the keys have in common, where a delimiter was asked for. */
  readonly beginnings: readonly string[];
  /** What to ask the next page with; `null` after the last. */
  readonly next: string | null;
}

/** Reads an answer to ListObjectsV2. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
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

/** Reads an answer to ListMultipartUploads: the first thousand of them. */
export function readUploads(xml: string): readonly OpenUpload[] {
  return elements(xml, "Upload").map((upload) => ({
    key: textOf(upload, "Key"),
    uploadId: textOf(upload, "UploadId"),
    startedAt: Date.parse(textOf(upload, "Initiated")),
  }));
}

/** What it holds has no elements of the same name, no comments and no CDATA: S3 writes none. */
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
