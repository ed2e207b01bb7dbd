import { expect, test } from "bun:test";
import { join } from "node:path";
import { SqliteDatabase } from "../../database/sqlite/sqlite_database.ts";
import { jobQueueContract } from "./job_queue_contract.ts";
import { SqliteJobQueue } from "./sqlite_job_queue.ts";
import { SqliteTurns } from "../../database/sqlite/sqlite_turns.ts";

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

test("SqliteJobQueue finds the next tasks, due tasks and turns by an index, without sorting", () => {
  using database = new SqliteDatabase(":memory:");
  database.migrate();
  const queue = new SqliteJobQueue(database);
  const turns = new SqliteTurns(database);
  const explain = (statement: { toSQL(): { readonly sql: string; readonly params: readonly unknown[] } }) => {
    const { sql, params } = statement.toSQL();
    return database.explain(
      sql,
      params.map(() => 1),
    );
  };
  expect(explain(queue.nextStatement())).toEqual([
    "SEARCH job_tasks USING INDEX job_tasks_ready (priority=?)",
  ]);
  expect(explain(queue.dueStatement())).toEqual([
    "SEARCH job_tasks USING INDEX job_tasks_due (available_at<?)",
  ]);
  expect(explain(turns.lastHeldStatement())).toEqual([
    "SEARCH job_tasks USING COVERING INDEX job_tasks_held (priority=?)",
  ]);
  expect(explain(turns.nextReadyStatement())).toEqual([
    "SEARCH job_tasks USING COVERING INDEX job_tasks_ready (priority=?)",
  ]);
  expect(explain(turns.lastStatement(1, ["a", "b"]))).toEqual([
    "SEARCH job_tasks USING COVERING INDEX job_tasks_by_line (priority=? AND line=?)",
  ]);
});
