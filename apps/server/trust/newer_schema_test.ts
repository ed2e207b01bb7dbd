import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { SQL } from "bun";
import { sharedPostgres, testFolder } from "@progimage/core/testing";
import server from "../package.json";
import { startServer } from "../end_to_end/testing_server.ts";
import { refusalOf } from "./testing_refusal.ts";

const postgres = await sharedPostgres();

/** A migration of a later version, as recorded by that version. */
const LATER = Date.parse("2100-01-01");

const REMEDY =
  /as version 7\.3\.1 of ProgImage has changed its schema, which this version, [\d.]+, does not know: install 7\.3\.1 or a later version, or put back a backup from before$/;

describe("a database whose schema a later version has changed", () => {
  test("in SQLite stops the start and the commands with a line that names the version to install", async () => {
    await using folder = await testFolder();
    const settings = { PROGIMAGE_DATA_DIR: folder.path };
    await (await startServer({ dataDir: folder.path }))[Symbol.asyncDispose]();
    using database = new Database(join(folder.path, "db", "progimage.sqlite"));
    const recorded = database.query("SELECT version FROM schema_version");
    expect(recorded.all()).toEqual([{ version: server.version }]);
    database.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', ?)", [LATER]);
    database.run("UPDATE schema_version SET version = '7.3.1', migration = ?", [LATER]);
    // A later version may have changed any table that this one reads.
    database.run("ALTER TABLE installations RENAME COLUMN id TO other");
    for (const command of [[], ["fsck"], ["fsck", "--adopt"]]) {
      const line = await refusalOf(settings, ...command);
      expect(line).toStartWith(`Cannot use PROGIMAGE_DB_DIR (or PROGIMAGE_DATA_DIR), ${folder.path}/db, as `);
      expect(line).toMatch(REMEDY);
    }
    expect(recorded.all()).toEqual([{ version: "7.3.1" }]);
    // A version that did not record itself.
    database.run("DROP TABLE schema_version");
    expect(await refusalOf(settings)).toContain("install the latest version, or put back a backup");
  });

  test.skipIf(!postgres)(
    "in Postgres stops the start and the commands with a line that says which version to install",
    async () => {
      if (!postgres) return;
      await using folder = await testFolder();
      await using database = await postgres.freshDatabase();
      const settings = { PROGIMAGE_DATABASE_URL: database.url, PROGIMAGE_DATA_DIR: folder.path };
      await (await startServer({ dataDir: folder.path, settings }))[Symbol.asyncDispose]();
      await using sql = new SQL(database.url, { max: 1 });
      expect([...(await sql`SELECT version FROM schema_version`)]).toEqual([{ version: server.version }]);
      await sql`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('later', ${LATER})`;
      await sql`UPDATE schema_version SET version = '7.3.1', migration = ${LATER}`;
      await sql`ALTER TABLE installations RENAME COLUMN id TO other`;
      for (const command of [[], ["fsck"], ["migrate-database"]]) {
        const line = await refusalOf(settings, ...command);
        const { host, pathname, password } = new URL(database.url);
        expect(line).toStartWith(`Cannot use PROGIMAGE_DATABASE_URL, ${host}${pathname}, as `);
        expect(line).toMatch(REMEDY);
        expect(line).not.toContain(password);
      }
      await sql`DROP TABLE schema_version`;
      expect(await refusalOf(settings)).toContain("install the latest version, or put back a backup");
    },
  );

  test("is recognized by a record that this version also writes when it migrates", async () => {
    await using folder = await testFolder();
    await (await startServer({ dataDir: folder.path }))[Symbol.asyncDispose]();
    using database = new Database(join(folder.path, "db", "progimage.sqlite"));
    // As if an older version had applied fewer migrations.
    database.run("UPDATE schema_version SET version = '0.0.1', migration = 1");
    await (await startServer({ dataDir: folder.path }))[Symbol.asyncDispose]();
    const found = database.query("SELECT version FROM schema_version").all();
    expect(found).toEqual([{ version: server.version }]);
  });
});
