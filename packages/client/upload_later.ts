import { type CallOptions, type Connection, readJson } from "./connection.ts";
import type { Job } from "./job.ts";
import { JobHandle } from "./job_handle.ts";

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

/** What a call sends besides. */
export type UploadCall = CallOptions & {
  readonly method: "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyInit;
};

/** Sends images and gives the job that stores them. */
export async function uploadLater(
  connection: Connection,
  path: string,
  { headers, ...call }: UploadCall,
): Promise<JobHandle> {
  const asked = { ...call, headers: { ...headers, prefer: "respond-async" } };
  return new JobHandle(connection, await connection.send(path, asked, readJson<Job>));
}
