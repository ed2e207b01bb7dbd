import { type Connection, readJson } from "../connection/connection.ts";
import { type ImageDescription, jsonDescription } from "./image_description.ts";
import type { Job } from "../shapes.ts";
import { JobHandle } from "../jobs/job_handle.ts";
import { type IdempotentOptions, uploadCall } from "./upload.ts";

/** Files of the operator's exchange: those whose names begin with a prefix, or all. */
export type ExchangeSelection =
  { readonly prefix: string; readonly all?: undefined } | { readonly all: true; readonly prefix?: undefined };

/** Options for {@linkcode Images.import}. */
export interface ImportFilesOptions extends IdempotentOptions, ImageDescription {
  /** Whether to skip files whose bytes are stored already. @default {false} */
  readonly onlyNew?: boolean;
  /** @default {"normal"} */
  readonly priority?: "high" | "low" | "normal";
  /** The URL that is called when the job has ended. */
  readonly webhook?: string | URL;
}

/** Makes the server store files of its exchange in the background. */
export async function importFiles(
  connection: Connection,
  selection: ExchangeSelection,
  options: ImportFilesOptions,
): Promise<JobHandle> {
  const { onlyNew, priority, webhook } = options;
  const call = uploadCall(options, true);
  const headers = { ...call.headers, "content-type": "application/json" };
  const select = { exchange: selection };
  const attributes = jsonDescription(options);
  const body = JSON.stringify({ select, attributes, onlyNew, priority, webhook });
  const job = await connection.send("/images/import", { ...call, headers, body }, readJson<Job>);
  return new JobHandle(connection, job);
}
