import { afterEach, describe, expect, setSystemTime, test } from "bun:test";
import { PostgresBlobLedger } from "../../blob/postgres_blob_ledger.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import { PostgresDeletedImages } from "../../image/deleted/postgres_deleted_images.ts";
import { PostgresImageCatalog } from "../../image/catalog/postgres_image_catalog.ts";
import { jobFixture } from "../../job/job_fixture.ts";
import { PostgresJobRecords } from "../../job/records/postgres_job_records.ts";
import { newBlobKey } from "../../blob/blob_store.ts";
import { PostgresClock } from "./postgres_clock.ts";
import { PostgresDatabase } from "./postgres_database.ts";
import { sharedPostgres } from "./testing_postgres.ts";
import { lendPostgresDatabase } from "./testing_postgres_database.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The precision of a time in these tests, in milliseconds. */
const GRAIN = 250;

afterEach(() => void setSystemTime());

/** The time of this machine, even if its clock was set. */
function realTime(): number {
  return performance.timeOrigin + performance.now();
}

/** A database clock that differs from this machine's clock, and the number of requests to it. */
function makeClock(difference: number) {
  const asked = { times: 0, isAway: false };
  const clock = new PostgresClock(async () => {
    asked.times++;
    if (asked.isAway) throw new Error("It does not answer");
    return realTime() + difference;
  });
  return { clock, asked };
}

describe("PostgresClock", () => {
  test("PostgresClock.now() is the time of this machine until the database has reported its own", async () => {
    const { clock } = makeClock(-10 * MINUTE);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(GRAIN);
    expect(clock.lead()).toBeNull();
    await clock.sync();
    expect(Math.abs(clock.now() - (Date.now() - 10 * MINUTE))).toBeLessThan(GRAIN);
    expect(Number.isInteger(clock.now())).toBe(true);
    expect(Math.abs((clock.lead() ?? 0) - 10 * MINUTE)).toBeLessThan(GRAIN);
  });

  test("PostgresClock.sync() uses the fastest answer, and takes the middle of its round trip", async () => {
    // Slow answers report the time at which they were requested.
    const delays = [300, 0, 240];
    const clock = new PostgresClock(async () => {
      const time = realTime() + HOUR;
      await Bun.sleep(delays.shift() ?? 0);
      return time;
    });
    await clock.sync();
    expect(Math.abs(clock.now() - realTime() - HOUR)).toBeLessThan(60);

    const slow = new PostgresClock(async () => {
      await Bun.sleep(100);
      const time = realTime();
      await Bun.sleep(100);
      return time;
    });
    await slow.sync();
    expect(Math.abs(slow.now() - realTime())).toBeLessThan(60);
  });

  test("PostgresClock.sync() keeps what it knows if the database does not answer", async () => {
    const { clock, asked } = makeClock(HOUR);
    await clock.sync();
    asked.isAway = true;
    await expect(clock.sync()).rejects.toThrow("does not answer");
    await clock.start();
    clock[Symbol.dispose]();
    expect(Math.abs(clock.now() - realTime() - HOUR)).toBeLessThan(GRAIN);
  });

  test("PostgresClock.now() asks again after the clock of this machine has jumped, and is then right", async () => {
    for (const jump of [HOUR, -HOUR, 2_000]) {
      const { clock, asked } = makeClock(10 * MINUTE);
      await clock.sync();
      expect(Math.abs(clock.now() - realTime() - 10 * MINUTE)).toBeLessThan(GRAIN);
      expect(asked.times).toBe(3);
      setSystemTime(new Date(realTime() + jump));
      // As after a sleep, during which the monotonic clock stops. It never goes back.
      const unsure = clock.now() - realTime() - 10 * MINUTE;
      expect(Math.abs(unsure - Math.max(0, jump))).toBeLessThan(GRAIN);
      expect(asked.times).toBe(4);
      await clock.sync();
      expect(asked.times).toBe(6);
      expect(Math.abs(clock.now() - realTime() - 10 * MINUTE)).toBeLessThan(GRAIN);
      expect(Math.abs((clock.lead() ?? 0) - (jump - 10 * MINUTE))).toBeLessThan(GRAIN);
      setSystemTime();
    }
  });
});

const server = await sharedPostgres();

describe.skipIf(!server)("adapters for PostgreSQL on a machine that is an hour ahead", () => {
  if (!server) return;

  test("PostgresDatabase.clock is that of the server", async () => {
    await using lent = await lendPostgresDatabase();
    const { clock } = lent.database;
    setSystemTime(new Date(realTime() + HOUR));
    await clock.sync();
    expect(Math.abs(clock.now() - realTime())).toBeLessThan(GRAIN);
    expect(Math.abs((clock.lead() ?? 0) - HOUR)).toBeLessThan(GRAIN);
    setSystemTime();
    await clock.sync();
  });

  // Also before it has received the time of the database.
  for (const isSynced of [false, true])
    test(`remove and take over by the clock of the server, ${isSynced ? "once synced" : "before the first sync"}`, async () => {
      // A new database, because a borrowed one may already know the time.
      await using fresh = await server.freshDatabase();
      await using database = new PostgresDatabase(fresh.url);
      await database.migrate();
      const catalog = new PostgresImageCatalog(database);
      const deleted = new PostgresDeletedImages(database);
      const jobs = new PostgresJobRecords(database);
      const [first, second] = [new PostgresBlobLedger(database), new PostgresBlobLedger(database)];
      const offer = (sha256: string) => ({ key: newBlobKey(sha256), validUntil: Infinity });
      const [soon, past] = [realTime() + 5 * MINUTE, realTime() - MINUTE].map((expiresAt, index) =>
        imageFixture({ expiresAt, sha256: `${index}`.repeat(64) }),
      );
      if (!soon || !past) throw new Error("There must be two images");
      const ended = jobFixture({ status: "succeeded", expiresAt: soon.expiresAt });
      await catalog.add(soon, offer(soon.sha256));
      await catalog.add(past, offer(past.sha256));
      await jobs.add(ended, []);
      expect(await first.lease("test", "one", 5 * MINUTE)).toBe(true);

      setSystemTime(new Date(realTime() + HOUR));
      if (isSynced) await database.clock.sync();
      expect((await deleted.eraseExpired(10)).images).toMatchObject([{ id: past.id }]);
      expect(await jobs.removeExpired(10)).toBe(0);
      expect(await second.lease("test", "other", 5 * MINUTE)).toBe(false);
      expect(await first.lease("test", "one", 0)).toBe(true);
      setSystemTime(new Date(realTime() - HOUR));
      expect(await second.lease("test", "other", 5 * MINUTE)).toBe(true);
      setSystemTime();
    });
});
