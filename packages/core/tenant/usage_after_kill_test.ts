import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { PostgresDatabase } from "../database/postgres/postgres_database.ts";
import { sharedPostgres } from "../database/postgres/testing_postgres.ts";
import { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { until } from "../testing/testing_until.ts";
import { PostgresUsageRecords } from "./postgres_usage_records.ts";
import { SqliteUsageRecords } from "./sqlite_usage_records.ts";
import type { UsageRecords } from "./usage_records.ts";

const OWNER = "one";
const PROGRAM = join(import.meta.dir, "testing_usage_program.ts");
const LIMITS = { images: 1_000_000, bytes: null };
const server = await sharedPostgres();

test("SqliteUsageRecords.read() is exact after a process was killed while it stored and removed images", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "progimage.sqlite");
  using database = new SqliteDatabase(path);
  database.migrate();
  await expectExactAfterKills(new SqliteUsageRecords(database), path);
});

describe.skipIf(!server)("on PostgreSQL", () => {
  test("PostgresUsageRecords.read() is exact after a process was killed while it stored and removed images", async () => {
    const { url } = (await server?.freshDatabase()) ?? { url: "" };
    await using database = new PostgresDatabase(url);
    await database.migrate();
    // The server notices later that the client is gone.
    const others = sql`select count(*)::int as running from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`;
    await expectExactAfterKills(new PostgresUsageRecords(database), url, async () => {
      await until("no transaction of the program runs", async () => {
        const [row] = await database.orm.execute<{ readonly running: number }>(others);
        return row?.["running"] === 0 || row;
      });
    });
  });
});

async function expectExactAfterKills(
  usage: UsageRecords,
  place: string,
  settled: () => Promise<void> = async () => {},
): Promise<void> {
  for (let round = 1; round <= 3; round++) {
    await usage.setLimits(OWNER, LIMITS);
    await runAndKill(place);
    await settled();
    const use = await usage.read(OWNER);
    expect(use.limits).toEqual(LIMITS);
    expect(use.images).toBeGreaterThan(0);
    await usage.setLimits(OWNER, { images: null, bytes: null });
    const { images, bytes } = await usage.read(OWNER);
    expect({ images: use.images, bytes: use.bytes }).toEqual({ images, bytes });
  }
}

/** Runs the program until it has done some hundred steps, and kills it in the middle of others. */
async function runAndKill(place: string): Promise<void> {
  const child = Bun.spawn([process.execPath, "--no-orphans", PROGRAM, place, OWNER], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let steps = 0;
  const counted = (async () => {
    for await (const part of child.stdout) steps += new TextDecoder().decode(part).split("\n").length - 1;
  })();
  const wanted = 300 + Math.random() * 50;
  await until("the program has done some hundred steps", () => steps > wanted || steps);
  child.kill("SIGKILL");
  await child.exited;
  await counted;
}
