import { expect, test } from "bun:test";
import { join } from "node:path";
import { SqliteDatabase } from "../database/sqlite_database.ts";
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

test("SqliteJobQueue.take() finds the next tasks by an index and sorts nothing", () => {
  using database = new SqliteDatabase(":memory:");
  database.migrate();
  const { sql } = new SqliteJobQueue(database).nextStatement().toSQL();
  expect(database.explain(sql, [1, 2, 3])).toEqual([
    "SEARCH job_tasks USING INDEX job_tasks_by_turn (priority=? AND available_at<?)",
  ]);
});
