import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import type { JobQueue } from "./job_queue.ts";
import { SqliteJobQueue } from "./sqlite_job_queue.ts";

/** Opens the queue of a database file in a process of a test. */
export async function openJobQueue({ path }: { readonly path: string }): Promise<JobQueue> {
  return new SqliteJobQueue(new SqliteDatabase(path));
}
