import { type Connection, readJson } from "./connection.ts";
import { expiryText, type IdempotentOptions, type ImageDescription, uploadCall } from "./upload.ts";

/** Which of the operator's files to store: those whose names begin with a prefix, or all. */
export type FileSelection =
  { readonly prefix: string; readonly all?: undefined } | { readonly all: true; readonly prefix?: undefined };

/** Options for {@linkcode ProgImage.importFiles}. */
export interface ImportFilesOptions extends IdempotentOptions, ImageDescription {
  /** Leaves out files whose bytes are stored already. @default {false} */
  readonly onlyNew?: boolean;
  /** @default {"normal"} */
  readonly priority?: "high" | "low" | "normal";
  /** A URL that hears when it is done. */
  readonly webhook?: string | URL;
}

/** A job that was begun. */
export interface BegunJob {
  readonly id: string;
  readonly state: string;
  /** Where to see how it goes on. */
  readonly href: string;
}

/** Has the server store files of its operator in the background. */
export async function importFiles(
  connection: Connection,
  selection: FileSelection,
  options: ImportFilesOptions,
): Promise<BegunJob> {
  const { tags, metadata, onlyNew, priority, webhook } = options;
  const expires = options.expires === undefined ? undefined : expiryText(options.expires);
  const call = uploadCall(options);
  const headers = { ...call.headers, "content-type": "application/json" };
  const body = JSON.stringify({ ...selection, tags, metadata, expires, onlyNew, priority, webhook });
  return await connection.send("/images/import", { ...call, headers, body }, readJson<BegunJob>);
}
