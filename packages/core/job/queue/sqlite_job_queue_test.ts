import { expect, test } from "bun:test";
import { join } from "node:path";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { explain, openLoggedSqlite } from "../../database/sqlite/testing_sqlite_search.ts";
import type { NewTask } from "./job_queue.ts";
import { jobQueueContract } from "./job_queue_contract.ts";
import { SqliteJobQueue } from "./sqlite_job_queue.ts";

jobQueueContract(
  "SqliteJobQueue",
  async (folder) => {
    const path = join(folder, "progimage.sqlite");
    const database = new SqliteDatabase(path);
    database.migrate();
    return {
      queue: new SqliteJobQueue(database),
      descriptor: { module: join(import.meta.dir, "testing_sqlite_queue.ts"), options: { path } },
      [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
    };
  },
  { orphansWithin: 5_000 },
);

test("SqliteJobQueue finds the next tasks, due tasks and turns by an index, without sorting", async () => {
  using logged = openLoggedSqlite();
  const { database, log } = logged;
  const queue = new SqliteJobQueue(database);
  const statements = [
    ...(await log.of(() => queue.take(1, { priority: 2 }))),
    ...(await log.of(() => queue.add(["a", "b"].map(taskOf)), /^select/)),
  ];
  expect(statements.flatMap((statement) => explain(database, statement))).toEqual([
    "SEARCH job_tasks USING INDEX job_tasks_ready (priority=?)",
    "SEARCH job_tasks USING INDEX job_tasks_due (available_at<?)",
    "SEARCH job_tasks USING INDEX job_tasks_held (priority=?)",
    "SEARCH job_tasks USING INDEX job_tasks_ready (priority=?)",
    "SEARCH job_tasks USING COVERING INDEX job_tasks_by_line (priority=? AND line=?)",
  ]);
});

function taskOf(line: string): NewTask {
  return { id: line, kind: "expand", payload: {}, priority: 1, line };
}
