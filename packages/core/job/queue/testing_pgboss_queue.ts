import { PostgresDatabase } from "../../database/postgres/postgres_database.ts";
import type { JobQueue } from "./job_queue.ts";
import { PgBossJobQueue } from "./pgboss_job_queue.ts";

/** Opens the queue of a database in a process of a test. */
export async function openJobQueue({ url }: { readonly url: string }): Promise<JobQueue> {
  return new PgBossJobQueue(new PostgresDatabase(url));
}
