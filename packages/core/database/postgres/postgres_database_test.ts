import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { SQL } from "bun";
import { sql } from "drizzle-orm";
import { ProgImageError } from "../../error.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import { toRow } from "../../image/catalog/image_row.ts";
import { PostgresImageCatalog } from "../../image/catalog/postgres_image_catalog.ts";
import { PostgresDatabase } from "./postgres_database.ts";
import journal from "./migrations/meta/_journal.json";
import { earlierRow, migratePostgresUntil } from "../testing_migrations.ts";
import { sharedPostgres } from "./testing_postgres.ts";
import { until } from "../../testing/testing_until.ts";

const server = await sharedPostgres();

describe.skipIf(!server)("on PostgreSQL", () => {
  if (!server) return;
  const opened: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  });
  const kept = <T extends AsyncDisposable>(each: T): T => (opened.push(each), each);
  const open = async (options?: ConstructorParameters<typeof PostgresDatabase>[1]) => {
    const { url } = kept(await server.freshDatabase());
    const database = kept(new PostgresDatabase(url, options));
    await database.orm.execute("CREATE TABLE t (x int PRIMARY KEY)");
    return database;
  };
  const rowsOf = async (database: PostgresDatabase) =>
    (await database.orm.execute<{ readonly x: number }>("SELECT x FROM t ORDER BY x")).map(({ x }) => x);

  test("PostgresDatabase.migrate() can be run by three processes at once, and again", async () => {
    const { url } = kept(await server.freshDatabase());
    const program = `
      import { PostgresDatabase } from ${JSON.stringify(join(import.meta.dir, "postgres_database.ts"))};
      await using database = new PostgresDatabase(${JSON.stringify(url)});
      await database.migrate();`;
    for (let round = 0; round < 2; round++) {
      const processes = Array.from({ length: 3 }, () =>
        Bun.spawn([process.execPath, "--eval", program], { stdio: ["ignore", "ignore", "inherit"] }),
      );
      expect(await Promise.all(processes.map(({ exited }) => exited))).toEqual([0, 0, 0]);
    }
    await using client = new SQL(url);
    const [applied] = await client`SELECT count(*)::int AS count FROM drizzle.__drizzle_migrations`;
    expect(applied).toEqual({ count: journal.entries.length });
  });

  test("PostgresDatabase.migrate() keeps images of a version with fewer columns", async () => {
    const { url } = kept(await server.freshDatabase());
    const database = kept(new PostgresDatabase(url));
    await migratePostgresUntil(database, "0004_waiting_jobs");
    const image = imageFixture({ name: null });
    const had = await database.orm.execute<{ column_name: string }>(
      sql`SELECT column_name FROM information_schema.columns WHERE table_name = 'images'`,
    );
    const names = [...had].map(({ column_name: name }) => name);
    const { columns, values } = earlierRow(toRow(image), names);
    const places = sql.join(
      values.map((value) => sql`${value}`),
      sql`, `,
    );
    await database.orm.execute(sql`INSERT INTO blobs (digest, key) VALUES (${image.sha256}, 'a')`);
    await database.orm.execute(sql`INSERT INTO images (${sql.raw(columns.join(", "))}) VALUES (${places})`);
    await database.migrate();
    expect(await new PostgresImageCatalog(database).find(image.id)).toMatchObject(image);
  });

  test("PostgresDatabase.migrate() lets one process at a time migrate other tables", async () => {
    const { url } = kept(await server.freshDatabase());
    let migrating = 0;
    let most = 0;
    const migrateElse = async () => {
      most = Math.max(most, ++migrating);
      await Bun.sleep(20);
      migrating--;
    };
    const databases = Array.from({ length: 3 }, () => kept(new PostgresDatabase(url)));
    await Promise.all(databases.map((database) => database.migrate(migrateElse)));
    expect(most).toBe(1);
  });

  test("PostgresDatabase.client() releases connections without their failed transactions", async () => {
    const database = await open({ connections: 1 });
    const client = database.client();
    const reserved = await client.reserve();
    const script = "BEGIN; INSERT INTO t VALUES (1); SELECT 1 / 0; COMMIT";
    await expect(reserved.unsafe(script)).rejects.toThrow("division by zero");
    reserved.release();
    await client.unsafe("INSERT INTO t VALUES ($1)", [2]);
    expect(await rowsOf(database)).toEqual([2]);
  });

  test("PostgresDatabase.migrate() refuses a database whose texts are not UTF-8", async () => {
    const name = "latin";
    await server.execute(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
    const database = kept(new PostgresDatabase(server.url(name)));
    await expect(database.migrate()).rejects.toThrow("must be UTF8: it is LATIN1");
  });

  test("PostgresDatabase.transaction() runs on one connection, and undoes everything if it fails", async () => {
    const database = await open({ connections: 3 });
    const pids = new Set<unknown>();
    const failing = database.transaction(async (transaction) => {
      for (let x = 0; x < 5; x++) {
        await transaction.execute(sql`INSERT INTO t VALUES (${x})`);
        pids.add((await transaction.execute("SELECT pg_backend_pid() AS pid"))[0]?.["pid"]);
      }
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(pids.size).toBe(1);
    expect(await rowsOf(database)).toEqual([]);
  });

  test("PostgresDatabase.transaction() is tried again after a deadlock", async () => {
    const database = await open();
    await database.orm.execute("INSERT INTO t VALUES (1), (2)");
    const both = Promise.withResolvers<void>();
    let tries = 0;
    const lockIn = (first: number, second: number) =>
      database.transaction(async (transaction) => {
        await transaction.execute(sql`SELECT 1 FROM t WHERE x = ${first} FOR UPDATE`);
        if (++tries === 2) both.resolve();
        await both.promise;
        await transaction.execute(sql`SELECT 1 FROM t WHERE x = ${second} FOR UPDATE`);
        return first;
      });
    expect(await Promise.all([lockIn(1, 2), lockIn(2, 1)])).toEqual([1, 2]);
    expect(tries).toBe(3);
  });

  test("PostgresDatabase.read() is tried once more when its connection was closed", async () => {
    const database = await open({ connections: 1 });
    let tries = 0;
    const reading = database.read(() => {
      tries++;
      return database.orm.execute(tries === 1 ? "SELECT pg_sleep(4)" : "SELECT 1 AS one");
    });
    await until("the statement of the first try was ended", terminateSleepers);
    expect([...(await reading)]).toEqual([{ one: 1 }]);
    expect(tries).toBe(2);
  });

  test("PostgresDatabase says that it is busy when a statement takes too long", async () => {
    const database = await open();
    const failure = await failureOf(database.write(() => database.orm.execute("SELECT pg_sleep(20)")));
    expect(failure).toMatchObject({ code: "busy", details: { retryAfter: 2 } });
    expect(failure.milliseconds).toBeLessThan(7_000);
  });

  test("PostgresDatabase reconnects after its server was stopped or has crashed", async () => {
    const heard: (string | null)[] = [];
    const database = await open({ onFault: (cause) => heard.push(cause && cause.name) });
    for (const end of [() => server.stop(), () => server.kill()]) {
      await end();
      try {
        for (const work of [database.read, database.write, database.transaction]) {
          const failure = await failureOf(work.call(database, () => database.orm.execute("SELECT 1")));
          expect(failure).toMatchObject({ code: "unavailable", details: { retryAfter: 5 } });
          expect(failure.milliseconds).toBeLessThan(1_000);
        }
      } finally {
        await server.start();
      }
      await database.write(() => database.orm.execute("INSERT INTO t SELECT 1 + count(*) FROM t"));
    }
    expect(await rowsOf(database)).toEqual([1, 2]);
    expect(heard).toEqual(["PostgresError", null, "PostgresError", null]);
  });

  test("PostgresDatabase gives up an unresponsive server, and reconnects once it responds", async () => {
    const database = await open({ connections: 2 });
    await server.freeze();
    try {
      const insert = () => database.orm.execute("INSERT INTO t VALUES (1)");
      const failures = await Promise.all(Array.from({ length: 4 }, () => failureOf(database.write(insert))));
      for (const failure of failures) {
        expect(failure).toMatchObject({ code: "unavailable" });
        expect(failure.milliseconds).toBeLessThan(9_000);
      }
    } finally {
      await server.thaw();
    }
    expect([...(await database.read(() => database.orm.execute("SELECT 1 AS one")))]).toEqual([{ one: 1 }]);
  });

  test("PostgresDatabase gives up a server that stops responding, although it has just answered", async () => {
    const database = await open({ connections: 2 });
    const sleep = (seconds: number) =>
      database.read(() => database.orm.execute(sql`SELECT pg_sleep(${seconds})`));
    const waiting = failureOf(sleep(3));
    await sleep(0.2);
    await server.freeze();
    try {
      expect(await waiting).toMatchObject({ code: "unavailable" });
    } finally {
      await server.thaw();
    }
    expect([...(await database.read(() => database.orm.execute("SELECT 1 AS one")))]).toEqual([{ one: 1 }]);
  });

  test("PostgresDatabase never reveals the password in its URL", async () => {
    const url = server.url("not_there");
    const database = kept(new PostgresDatabase(url));
    for (const work of [database.migrate(), database.read(() => database.orm.execute("SELECT 1"))]) {
      const failure = await failureOf(work);
      expect(failure).toMatchObject({ code: "unavailable" });
      expect(Bun.inspect(failure.error)).not.toContain(new URL(url).password);
    }
  });

  async function terminateSleepers(): Promise<boolean> {
    await using administrator = new SQL(server?.url() ?? "", { max: 1 });
    const ended = await administrator`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(4)'`;
    return ended.length > 0;
  }
});

async function failureOf(work: Promise<unknown>) {
  const startedAt = performance.now();
  const error = await work.then(
    () => new Error("It did not fail"),
    (error: unknown) => error,
  );
  const { code, details } = error instanceof ProgImageError ? error : {};
  return { error, code, details, milliseconds: performance.now() - startedAt };
}
