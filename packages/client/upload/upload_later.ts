import { type Call, type Connection, readJson } from "../connection/connection.ts";
import type { Job } from "../shapes.ts";
import { JobHandle } from "../jobs/job_handle.ts";
import type { UploadCall } from "./upload.ts";

/** Says that an upload shall be stored in the background. */
export interface InBackground {
  /** The server answers as soon as it has everything, with a job that stores the images. */
  readonly background: true;
}

/** Says that an upload shall be stored while its caller waits, as it is where nothing is said. */
export interface InForeground {
  readonly background?: false;
}

/** Says when an upload shall be stored. */
export interface MaybeInBackground {
  readonly background?: boolean;
}

/** Sends images and gives the job that stores them. */
export async function uploadLater(
  connection: Connection,
  path: string,
  { headers, ...call }: UploadCall & Pick<Call, "body">,
): Promise<JobHandle> {
  const asked = { ...call, headers: { ...headers, prefer: "respond-async" } };
  return new JobHandle(connection, await connection.send(path, asked, readJson<Job>));
}
