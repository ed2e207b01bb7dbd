import { Batch, stopOf } from "../images/batch.ts";
import type { Call, Connection, OpenBody } from "../connection/connection.ts";
import { describe } from "./image_description.ts";
import { sendForLines } from "../connection/json_lines.ts";
import type { JobHandle } from "../jobs/job_handle.ts";
import { type UploadCall, uploadCall, type UploadManyOptions } from "./upload.ts";
import { uploadLater } from "./upload_later.ts";
import type { UploadResult } from "./upload_result.ts";
import { isReplayable, nameOf, openSource } from "./upload_source.ts";
import type { UploadSource } from "../images/sources.ts";

/** Options for {@linkcode Images.uploadArchive}. */
export interface UploadArchiveOptions extends UploadManyOptions {
  /** The kind of the archive. @default {by the name or type of the source} */
  readonly as?: ArchiveKind;
}

/** The kind of an archive. */
export type ArchiveKind = "tar" | "tar.gz" | "zip";

const TYPES: Readonly<Record<ArchiveKind, string>> = {
  tar: "application/x-tar",
  "tar.gz": "application/gzip",
  zip: "application/zip",
};

const ENDINGS: readonly (readonly [ending: RegExp, kind: ArchiveKind])[] = [
  [/\.tar$/i, "tar"],
  [/\.(?:tar\.gz|tgz)$/i, "tar.gz"],
  [/\.zip$/i, "zip"],
];

/** Sends an archive of images and yields each result as soon as it is known. */
export function uploadArchive(
  connection: Connection,
  source: UploadSource,
  options: UploadArchiveOptions,
): Batch<UploadResult> {
  return new Batch((stop) => {
    const call = archiveCall(source, { ...options, signal: stopOf(stop, options.signal) });
    return sendForLines<UploadResult>(connection, pathOf(options), call);
  });
}

/** Sends an archive of images and returns the job that stores them. */
export async function uploadArchiveLater(
  connection: Connection,
  source: UploadSource,
  options: UploadArchiveOptions,
): Promise<JobHandle> {
  return await uploadLater(connection, pathOf(options), archiveCall(source, options));
}

function pathOf(options: UploadArchiveOptions): string {
  const description = describe(options);
  return description.size > 0 ? `/images?${description}` : "/images";
}

function archiveCall(source: UploadSource, options: UploadArchiveOptions): UploadCall & Pick<Call, "body"> {
  const call = uploadCall(options, isReplayable(source));
  const headers = { ...call.headers, "content-type": TYPES[options.as ?? kindOf(source)] };
  const body = async (): Promise<OpenBody> => {
    const opened = await openSource(source);
    return { body: opened.body as BodyInit, close: opened.close };
  };
  return { ...call, headers, body };
}

function kindOf(source: UploadSource): ArchiveKind {
  const [, byName] = ENDINGS.find(([ending]) => ending.test(nameOf(source))) ?? [];
  const type = source instanceof Blob ? source.type : "";
  const kinds = Object.keys(TYPES) as ArchiveKind[];
  const kind = byName ?? kinds.find((each) => TYPES[each] === type);
  if (kind) return kind;
  throw new TypeError("Cannot upload the archive as its format is unknown: name it by `as`");
}
