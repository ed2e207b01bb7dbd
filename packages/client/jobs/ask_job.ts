import { checkId } from "../images/check_id.ts";
import { type CallOptions, type Connection, readJson } from "../connection/connection.ts";
import type { Job } from "../shapes.ts";

/** A request about a job. */
export interface JobQuestion {
  /** @default {"GET"} */
  readonly method?: string;
  /** The path after that of the job. @default {""} */
  readonly path?: string;
}

/** Sends a request about a job and returns the job. */
export async function askJob(
  connection: Connection,
  id: string,
  { method, path = "" }: JobQuestion,
  { signal, timeout }: CallOptions,
): Promise<Job> {
  const call = { signal, timeout, method, headers: { accept: "application/json" } };
  return await connection.send(`/jobs/${checkId(id)}${path}`, call, readJson<Job>);
}

/** Deletes a finished job. */
export async function deleteJob(
  connection: Connection,
  id: string,
  { signal, timeout }: CallOptions,
): Promise<void> {
  await connection.send(`/jobs/${checkId(id)}`, { signal, timeout, method: "DELETE" }, () => undefined);
}
