import { type Call, type Connection, readJson } from "../connection/connection.ts";
import type { Job } from "../shapes.ts";
import { JobHandle } from "../jobs/job_handle.ts";
import type { UploadCall } from "./upload.ts";

/** Stores an upload in the background. */
export interface InBackground {
  /** The server answers as soon as it has all bytes, with a job that stores the images. */
  readonly background: true;
}

/** Stores an upload while the caller waits, which is the default. */
export interface InForeground {
  readonly background?: false;
}

/** Either way to store an upload. */
export interface MaybeInBackground {
  readonly background?: boolean;
}

/** Sends images and returns the job that stores them. */
export async function uploadLater(
  connection: Connection,
  path: string,
  { headers, ...call }: UploadCall & Pick<Call, "body">,
): Promise<JobHandle> {
  const asked = { ...call, headers: { ...headers, prefer: "respond-async" } };
  return new JobHandle(connection, await connection.send(path, asked, readJson<Job>));
}
