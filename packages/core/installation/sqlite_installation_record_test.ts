import { expect, test } from "bun:test";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { SqliteImageCatalog } from "../image/catalog/sqlite_image_catalog.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { installationRecordContract } from "./installation_record_contract.ts";
import { SqliteInstallationRecord } from "./sqlite_installation_record.ts";

function open(prepare: (database: SqliteDatabase) => void) {
  const database = new SqliteDatabase(":memory:");
  prepare(database);
  return {
    database,
    record: new SqliteInstallationRecord(database),
    [Symbol.asyncDispose]: async () => database[Symbol.dispose](),
  };
}

function openMigrated() {
  const opened = open((database) => database.migrate());
  return { ...opened, catalog: new SqliteImageCatalog(opened.database) };
}

installationRecordContract("SqliteInstallationRecord", openMigrated, {
  makeEarlier: [
    async () => open(() => {}),
    async () =>
      open((database) => {
        database.migrate();
        database.orm.run(sql`drop table installations`);
      }),
  ],
});

test("SqliteInstallationRecord.raise() is atomic between processes that share a file", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "database.sqlite");
  using one = new SqliteDatabase(path);
  one.migrate();
  using other = new SqliteDatabase(path);
  const records = [new SqliteInstallationRecord(one), new SqliteInstallationRecord(other)];
  await records[0]?.adopt({ id: crypto.randomUUID(), counter: 0 });
  const raised = await Promise.all(Array.from({ length: 20 }, (_, index) => records[index % 2]?.raise()));
  const counters = raised.map((installation) => installation?.counter ?? 0);
  expect(counters.toSorted((first, second) => first - second)).toEqual(raised.map((_, index) => index + 1));
});
