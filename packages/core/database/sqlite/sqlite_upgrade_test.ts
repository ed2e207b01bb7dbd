import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { imageFixture } from "../../image/image_fixture.ts";
import { toRow } from "../../image/catalog/image_row.ts";
import { SqliteDeletedImages } from "../../image/deleted/sqlite_deleted_images.ts";
import { SqliteImageCatalog } from "../../image/catalog/sqlite_image_catalog.ts";
import { SqliteJobQueue } from "../../job/queue/sqlite_job_queue.ts";
import { SqliteJobRecords } from "../../job/records/sqlite_job_records.ts";
import { testFolder } from "../../testing/testing_folder.ts";
import { SqliteDatabase } from "./sqlite_database.ts";
import { earlierRow, migrateSqliteUntil } from "../testing_migrations.ts";

test("SqliteDatabase.migrate() keeps the jobs and tasks of a version without turns, and counts what waits", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "progimage.sqlite");
  await migrateSqliteUntil(path, "0004_safety");
  {
    using before = new Database(path);
    for (const [id, state, listed, total, expandedTo, done, finishedAt] of [
      ["listed", "queued", '["a","b","c"]', null, 0, 0, null],
      ["filter", "running", null, null, 500, 20, null],
      ["over", "done", null, 5, 5, 5, 9],
    ])
      before.run(
        `INSERT INTO jobs (id, owner, state, sources, listed, outputs, deliver, priority, attributes, total, done, failed,
          created_at, finished_at, lifetime, run, notified_run, is_expanded, expanded_to)
        VALUES (?, '', ?, '{"kind":"ids"}', ?, '[]', '"images"', 'normal', '{}', ?, ?, 0, 1, ?, 1, 1, 0, 0, ?)`,
        [id, state, listed, total, done, finishedAt, expandedTo] as (number | string | null)[],
      );
    for (const [id, priority, isHeld] of [
      ["low", 0, 0],
      ["high", 2, 0],
      ["held", 2, 1],
    ])
      before.run("INSERT INTO job_tasks VALUES (?, 'items', ?, ?, ?, ?, 1)", [
        id,
        '{"job":"listed"}',
        priority,
        isHeld,
        isHeld,
      ] as (number | string)[]);
  }
  using database = new SqliteDatabase(path);
  database.migrate();
  const records = new SqliteJobRecords(database);
  const waiting = async (id: string) => (await records.find(id))?.waiting;
  expect([await waiting("listed"), await waiting("filter"), await waiting("over")]).toEqual([3, 480, 0]);
  const taken = await new SqliteJobQueue(database).take(9);
  expect(taken.map(({ id, line, attempt }) => [id, line, attempt])).toEqual([
    ["high", "listed", 1],
    ["held", "listed", 2],
    ["low", "listed", 1],
  ]);
});

test("SqliteDatabase.migrate() keeps images of a version with fewer columns, deleted ones as well", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "progimage.sqlite");
  await migrateSqliteUntil(path, "0006_waiting_jobs");
  const [kept, deleted] = [imageFixture({ name: null }), imageFixture({ name: null })];
  {
    using before = new Database(path);
    before.run("INSERT INTO blobs (digest, key) VALUES (?, 'a'), (?, 'b')", [kept.sha256, deleted.sha256]);
    const had = before.query<{ name: string }, []>("PRAGMA table_info(images)").all();
    const names = had.map(({ name }) => name);
    const { columns, values } = earlierRow(toRow(kept), names);
    const places = columns.map(() => "?").join(", ");
    before.run(`INSERT INTO images (${columns.join(", ")}) VALUES (${places})`, values);
    before.run("INSERT INTO deleted_images (id, owner, sha256, image, deleted_at) VALUES (?, '', ?, ?, 1)", [
      deleted.id,
      deleted.sha256,
      JSON.stringify(earlierRow(toRow(deleted), names).row),
    ]);
  }
  using database = new SqliteDatabase(path);
  database.migrate();
  expect(await new SqliteImageCatalog(database).find(kept.id)).toMatchObject(kept);
  const images = new SqliteDeletedImages(database);
  // Its row is JSON, which no migration changes.
  expect(await images.find(deleted.id)).toEqual({ ...deleted, deletedAt: 1 });
  expect(await images.restore([deleted.id], 0)).toEqual([deleted]);
});
