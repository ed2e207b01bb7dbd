import { describe, expect, test } from "bun:test";
import { SQL } from "bun";
import { recipe } from "@progimage/client";
import { sharedPostgres, sharedS3, testFolder } from "@progimage/core/testing";
import { bucketSettings } from "../end_to_end/testing_bucket.ts";
import { canSetClocks, clockSettings } from "../end_to_end/testing_clock.ts";
import { killAll } from "../end_to_end/testing_job_storage.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

const canSet = canSetClocks();
const postgres = await sharedPostgres();
const s3 = await sharedS3();

const MINUTE = 60_000;
const DEADLINE_MILLISECONDS = 20_000;

/** Rounds after which a sweep that must not happen would have happened. */
const ROUNDS = 10;

/** Files keep the real time, because libfaketime does not change them: to a process that is ahead, new files look old. */
const SETTINGS = {
  PROGIMAGE_RENDER_PROCESSES: "1",
  PROGIMAGE_SWEEP_INTERVAL_MS: "100",
  PROGIMAGE_LOG_LEVEL: "debug",
  PROGIMAGE_LEFTOVER_AGE_MS: String(60 * MINUTE),
};

describe.skipIf(!canSet || !postgres)("two servers whose clocks are ten minutes apart", () => {
  if (!postgres) return;

  const stores = [
    { name: "a folder", open: openFolder, isMissing: false },
    { name: "a bucket", open: openBucket, isMissing: s3 === null },
  ];
  for (const { name, open, isMissing } of stores)
    describe.skipIf(isMissing)(`on one PostgreSQL and ${name}`, () => {
      test("serve only images that have not expired by the clock of the database, stored by either", async () => {
        await using shared = await openDatabase(open);
        await using right = await shared.start(0);
        await using ahead = await shared.start(10);
        const ids: string[] = [];
        for (const [index, node] of [right, ahead].entries()) {
          const soon = await node.client.images.upload(await noise(index), { expiresIn: 2 });
          expect(await statusesOf([right, ahead], soon.id)).toEqual([200, 200]);
          ids.push(soon.id);
          const later = await node.client.images.upload(await noise(10 + index), { expiresIn: 300 });
          expect(Math.abs(Date.parse(later.expiresAt ?? "") - Date.now() - 5 * MINUTE)).toBeLessThan(5_000);
          ids.push(later.id);
        }
        const [first = "", second = "", third = "", fourth = ""] = ids;
        await until("images that have expired are gone", async () =>
          (await shared.imageIds()).length === 2 ? true : null,
        );
        await shared.sweeps(ROUNDS);
        expect((await shared.imageIds()).toSorted()).toEqual([second, fourth].toSorted());
        for (const id of [first, third]) expect(await statusesOf([right, ahead], id)).toEqual([404, 404]);
        for (const id of [second, fourth]) expect(await statusesOf([right, ahead], id)).toEqual([200, 200]);
      }, 60_000);

      test("carry out the jobs of either", async () => {
        await using shared = await openDatabase(open);
        await using right = await shared.start(0);
        await using ahead = await shared.start(10);
        for (const node of [right, ahead]) {
          const { id } = await node.client.images.upload(await noise(5));
          const job = await node.client.jobs.create({
            select: { ids: [id] },
            outputs: [recipe().resize({ width: 16 }).webp()],
            deliver: "images",
          });
          expect(await job.wait()).toMatchObject({
            status: "succeeded",
            counts: { succeeded: 1, failed: 0 },
          });
        }
      }, 60_000);
    });

  for (const [holder, other] of [
    [0, 10],
    [10, 0],
  ] as const)
    test(`leave the sweep to its holder, ${nameOf(holder)}, while it lives, and take it over as soon as the lease expires`, async () => {
      await using shared = await openDatabase(openFolder);
      await using first = await shared.start(holder);
      const held = await until("the lease is taken", () => shared.lease());
      await using second = await shared.start(other);
      await turnedAway(second, ROUNDS);
      expect((await shared.lease())?.holder).toBe(held.holder);
      await killAll(first);

      const left = await shared.lease();
      expect(left?.holder).toBe(held.holder);
      expect(left?.milliseconds).toBeWithin(0, 2 * MINUTE + 1);
      // Not before the lease has expired, regardless of the other's clock.
      await turnedAway(second, ROUNDS);
      expect((await shared.lease())?.holder).toBe(held.holder);
      await shared.pass(2 * MINUTE);
      const next = await until("the other takes the lease", async () => {
        const lease = await shared.lease();
        return lease?.holder === held.holder ? null : lease;
      });
      expect(next.milliseconds).toBeWithin(0, 2 * MINUTE + 1);
    }, 60_000);

  test("report the wrong clock at the start and in /readyz", async () => {
    await using shared = await openDatabase(openFolder);
    for (const minutes of [0, 10, -10]) {
      await using node = await shared.start(minutes);
      const said = minutes > 0 ? "10 minutes ahead of" : "10 minutes behind";
      const detail = `The clock of this machine is ${said} that of the database`;
      if (minutes !== 0) {
        await until("the log says so", async () => node.log().includes(detail) || null);
        expect(node.log()).toContain('"code":"clock_off"');
      }
      const readiness = await until("it is ready", async () => {
        const response = await fetch(`${node.url}/readyz`);
        return response.ok ? ((await response.json()) as Readiness) : null;
      });
      expect(readiness.notices).toEqual(
        minutes === 0 ? [] : [{ code: "clock_off", detail: expect.stringContaining(detail) }],
      );
      if (minutes === 0) expect(node.log()).not.toContain("clock_off");
    }
  }, 60_000);
});

describe.skipIf(!canSet || s3 === null)("a server whose clock is too far off for S3", () => {
  if (!s3) return;

  test("does not start, and reports the difference", async () => {
    const settings = { ...bucketSettings(await s3.freshBucket()), ...clockSettings(-16) };
    const failure = await failureOfStart(settings);
    expect(failure).toContain("exit code 2");
    expect(failure).toMatch(
      /the clock of this machine is 16 minutes behind that of S3 \(.*\): synchronise it/,
    );
    expect(failure).not.toContain("PROGIMAGE_S3_ACCESS_KEY_ID");
  });

  test("starts if it is off by less", async () => {
    const settings = { ...bucketSettings(await s3.freshBucket()), ...clockSettings(-5) };
    await using server = await startServer({ settings });
    expect((await server.client.images.upload(await noise(1))).bytes).toBeGreaterThan(0);
  });
});

describe("a server whose S3 refuses", () => {
  // Amazon refuses signatures from more than 15 minutes in its future; Ceph accepts them.
  const cases = [
    {
      minutes: 20,
      code: "AccessDenied",
      said: "the clock of this machine is 20 minutes ahead of that of S3",
    },
    { minutes: 0, code: "RequestTimeTooSkewed", said: "the clock of this machine is wrong" },
    { minutes: 5, code: "AccessDenied", said: "allow PROGIMAGE_S3_ACCESS_KEY_ID to list" },
  ];
  for (const { minutes, code, said } of cases)
    test(`by ${code}, ${minutes} minutes behind it, says: ${said}`, async () => {
      await using service = Bun.serve({
        port: 0,
        fetch: () => {
          const date = new Date(Date.now() - minutes * MINUTE).toUTCString();
          return new Response(`<Error><Code>${code}</Code></Error>`, { status: 403, headers: { date } });
        },
      });
      const address = {
        endpoint: service.url.href,
        bucket: "a-bucket",
        accessKeyId: "k",
        secretAccessKey: "s",
      };
      expect(await failureOfStart(bucketSettings(address))).toContain(said);
    });
});

async function failureOfStart(settings: Readonly<Record<string, string>>): Promise<string> {
  return await startServer({ settings }).then(
    async (server) => {
      await server[Symbol.asyncDispose]();
      return "It starts";
    },
    (error: Error) => error.message,
  );
}

interface Readiness {
  readonly notices: readonly { readonly code: string; readonly detail: string }[];
}

/** A folder or bucket that all nodes share. */
interface SharedStore extends AsyncDisposable {
  readonly settings: Readonly<Record<string, string>>;
}

async function openFolder(): Promise<SharedStore> {
  const folder = await testFolder();
  return {
    settings: { PROGIMAGE_FS_DIR: folder.path },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function openBucket(): Promise<SharedStore> {
  if (!s3) throw new Error("Cannot open a bucket as there is no S3 on this machine");
  return { settings: bucketSettings(await s3.freshBucket()), [Symbol.asyncDispose]: async () => {} };
}

/** Opens a database and a store for nodes whose clocks are off by some minutes. */
async function openDatabase(open: () => Promise<SharedStore>) {
  if (!postgres) throw new Error("Cannot open a database as there is no PostgreSQL on this machine");
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await open());
  const { url } = stack.use(await postgres.freshDatabase());
  const sql = stack.adopt(new SQL(url, { max: 1 }), (connection) => connection.close());
  const kept = stack.move();
  const counter = async () => Number((await sql`select counter from installations`)[0].counter);
  return {
    start: (minutes: number): Promise<TestServer> =>
      startServer({
        settings: {
          ...SETTINGS,
          ...store.settings,
          PROGIMAGE_DATABASE_URL: url,
          ...(minutes === 0 ? {} : clockSettings(minutes)),
        },
      }),
    imageIds: async (): Promise<readonly string[]> =>
      (await sql`select id from images`).map(({ id }: { readonly id: string }) => id),
    /** Returns the holder of the sweep lease, and its remaining time by the clock of the database. */
    lease: async (): Promise<{ readonly holder: string; readonly milliseconds: number } | null> => {
      const [row] =
        await sql`select holder, (expires_at - extract(epoch from clock_timestamp()) * 1000)::float8 as milliseconds from leases where name = 'sweep'`;
      return row ?? null;
    },
    /** Ages the lease by some milliseconds. */
    pass: async (milliseconds: number): Promise<void> => {
      await sql`update leases set expires_at = expires_at - ${milliseconds} where name = 'sweep'`;
    },
    /** Waits for rounds of the sweep. */
    sweeps: async (rounds: number): Promise<void> => {
      const end = (await counter()) + rounds;
      await until(`${rounds} rounds of the sweep`, async () => (await counter()) >= end || null);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function nameOf(minutes: number): string {
  return minutes === 0 ? "whose clock is right" : `who is ${minutes} minutes ahead`;
}

/** Waits for rounds in which a server does not get the lease. */
async function turnedAway(node: TestServer, rounds: number): Promise<void> {
  const count = () => node.log().split("another process sweeps").length - 1;
  const end = count() + rounds;
  await until(`${rounds} rounds without the lease`, async () => count() >= end || null);
}

async function statusesOf(nodes: readonly TestServer[], id: string): Promise<readonly number[]> {
  return await Promise.all(nodes.map(async ({ url }) => (await fetch(`${url}/images/${id}`)).status));
}

/** Waits until `look` returns a value. */
async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + DEADLINE_MILLISECONDS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new Error(`Waited for ${DEADLINE_MILLISECONDS} ms until ${what}`);
    await Bun.sleep(50);
  }
}
