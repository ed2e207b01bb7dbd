import { describe, expect, test } from "bun:test";
import { SQL } from "bun";
import {
  freePorts,
  PASSWORD_ROLE,
  type PostgresServer,
  sharedPostgres,
  testCertificates,
  testFolder,
  until,
} from "@progimage/core/testing";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { startPooler } from "./testing_pooler.ts";
import { refusalOf } from "./testing_refusal.ts";

const postgres = await sharedPostgres();
const certificates = postgres && (await testCertificates());
const hasPooler = Bun.which("pgbouncer") !== null;

if (!hasPooler) console.error("Tests of a pooler before Postgres are skipped: there is no pgbouncer on PATH");

/** Connection settings that the pooler is configured to ignore. */
const PASSED_OVER =
  "statement_timeout,lock_timeout,idle_in_transaction_session_timeout,plan_cache_mode,enable_seqscan,max_parallel_workers_per_gather,jit";

/** Each case is a wrong setting, which another start would meet again. */
describe.skipIf(!postgres)("a start on a Postgres that cannot be used", () => {
  if (!postgres) return;

  test.skipIf(!certificates)("explains a faulty certificate, with the remedy", async () => {
    if (!certificates) return;
    await using folder = await testFolder();
    const refusal = (more: Readonly<Record<string, string>> = {}) =>
      refusalOf({
        PROGIMAGE_DATABASE_URL: `${postgres.url()}?sslmode=verify-full`,
        PROGIMAGE_DATA_DIR: folder.path,
        ...more,
      });
    const known = { NODE_EXTRA_CA_CERTS: certificates.authority };
    expect(await refusal(known)).toMatch(/as it offers no TLS \(.*\): turn TLS on there, or leave sslmode/);
    try {
      await postgres.presentCertificate(certificates.good);
      expect(await refusal()).toMatch(/does not know the authority .*NODE_EXTRA_CA_CERTS$/);
      await postgres.presentCertificate(certificates.foreign);
      expect(await refusal(known)).toMatch(/as its certificate is for another host .*: name the host/);
      await postgres.presentCertificate(certificates.expired);
      expect(await refusal(known)).toMatch(/as its certificate has expired .*: renew it, or set the clock/);
      await postgres.presentCertificate(certificates.good);
      await using database = await postgres.freshDatabase();
      const settings = { PROGIMAGE_DATABASE_URL: `${database.url}?sslmode=verify-full`, ...known };
      await using server = await startServer({ settings });
      expect((await server.client.images.list().page()).items).toEqual([]);
      await postgres.presentCertificate(certificates.expired);
      await expectOutage(postgres, server);
    } finally {
      await postgres.presentCertificate(null);
    }
  });

  test("explains a wrong password, name or right, with the remedy", async () => {
    await using folder = await testFolder();
    await using database = await postgres.freshDatabase();
    const refusal = (change: (url: URL) => void) => {
      const url = new URL(database.url);
      change(url);
      return refusalOf({ PROGIMAGE_DATABASE_URL: url.href, PROGIMAGE_DATA_DIR: folder.path });
    };
    await using sql = new SQL(database.url, { max: 1 });
    await sql.unsafe(`CREATE ROLE ${PASSWORD_ROLE} LOGIN PASSWORD 'right'`);
    try {
      const wrong = await refusal((url) => ((url.username = PASSWORD_ROLE), (url.password = "wr0ng")));
      expect(wrong).toMatch(/as it refuses this user or password \(.*\): correct them in the URL/);
      expect(wrong).not.toContain("wr0ng");
      const weak = await refusal((url) => ((url.username = PASSWORD_ROLE), (url.password = "right")));
      expect(weak).toMatch(/as this user may not change its schema \(.*\): make the user the owner/);
    } finally {
      await sql.unsafe(`DROP ROLE ${PASSWORD_ROLE}`);
    }
    const stranger = await refusal((url) => (url.username = "no_such_role"));
    expect(stranger).toMatch(/as it refuses connections of this user \(.*no_such_role.*\): create the role/);
    const missing = await refusal((url) => (url.pathname = "/not_there"));
    expect(missing).toMatch(/as there is no such database \(.*not_there.*\): create it with createdb/);
    const [free = 0] = freePorts(1);
    const silent = await refusal((url) => (url.port = String(free)));
    expect(silent).toMatch(/as no server answers there \(.*\): start it, or correct host and port/);
  });

  test.skipIf(!hasPooler)("says that a pooler must give each connection its session", async () => {
    await using folder = await testFolder();
    await using database = await postgres.freshDatabase();
    const refusal = async (options: readonly string[]) => {
      await using pooler = await startPooler(postgres, options);
      const url = new URL(database.url);
      url.port = String(pooler.port);
      return await refusalOf({ PROGIMAGE_DATABASE_URL: url.href, PROGIMAGE_DATA_DIR: folder.path });
    };
    expect(await refusal(["pool_mode = session"])).toMatch(
      /as the pooler in front of it refuses settings .*statement_timeout.* docs\/scaling.md says$/,
    );
    const shared = ["pool_mode = transaction", `ignore_startup_parameters = ${PASSED_OVER}`];
    expect(await refusal(shared)).toMatch(
      /as the pooler in front of it does not give each connection a session .*prepared statement.* docs\/scaling.md says$/,
    );
    await using pooler = await startPooler(postgres, [
      "pool_mode = session",
      `ignore_startup_parameters = ${PASSED_OVER}`,
    ]);
    const url = new URL(database.url);
    url.port = String(pooler.port);
    await using server = await startServer({ settings: { PROGIMAGE_DATABASE_URL: url.href } });
    expect((await server.client.images.list().page()).items).toEqual([]);
  });
});

/** Closes all connections of a server, whose settings then no longer work: that must not count as a defect. */
async function expectOutage(postgres: PostgresServer, { url }: TestServer): Promise<void> {
  const answers: string[] = [];
  await until("the database is unavailable each time", async () => {
    await postgres.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'progimage'",
    );
    const response = await fetch(`${url}/images?limit=1`);
    const { code } = (await response.json()) as { readonly code?: string };
    answers.push(`${response.status} ${code}`);
    return answers.slice(-3).every((answer) => answer === "503 unavailable") && answers.length > 3;
  });
  const unexpected = answers.filter((answer) => !["200 undefined", "503 unavailable"].includes(answer));
  expect(unexpected).toEqual([]);
}
