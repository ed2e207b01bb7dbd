import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { sharedPostgres, sharedS3, testFolder } from "@progimage/core/testing";
import { bucketSettings } from "../end_to_end/testing_bucket.ts";
import { runCommand } from "../end_to_end/testing_command.ts";
import {
  type Acknowledged,
  makeOld,
  missingFrom,
  untilNoticed,
  uploadSome,
} from "../end_to_end/testing_installation.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

const [s3, postgres] = await Promise.all([sharedS3(), sharedPostgres()]);

const SETTINGS = { PROGIMAGE_RENDER_PROCESSES: "1", PROGIMAGE_SWEEP_INTERVAL_MS: "100" };

function start(dataDir: string, settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return startServer({ dataDir, settings: { ...SETTINGS, ...settings } });
}

test("fsck reports its work, also while a server runs", async () => {
  expect((await runCommand({}, "fsck", "--help")).output).toContain("Usage: npm start -- fsck");
  await using folder = await testFolder();
  await using server = await start(folder.path);
  await uploadSome(server, new Map(), 3);
  for (const words of [[], ["--quick"]]) {
    const { code, output } = await runCommand({ PROGIMAGE_DATA_DIR: folder.path }, "fsck", ...words);
    expect([code, output]).toEqual([0, expect.stringContaining("3 stored files checked")]);
    expect(output).toContain("0 repaired, 0 recovered, 0 damaged or lost.");
  }
});

test("fsck --adopt restores images under their ids if the database is lost and there is no backup", async () => {
  await using folder = await testFolder();
  const environment = { PROGIMAGE_DATA_DIR: folder.path };
  const acknowledged: Acknowledged = new Map();
  {
    await using server = await start(folder.path);
    await uploadSome(server, acknowledged, 4);
  }
  await rm(join(folder.path, "db"), { recursive: true });
  await makeOld(folder.path);
  for (const words of [[], ["fsck"]]) {
    const { code, errors } = await runCommand(environment, ...words);
    expect([code, errors]).toEqual([2, expect.stringContaining("fsck --adopt brings the images back")]);
  }
  const { code, output } = await runCommand(environment, "fsck", "--adopt");
  expect([code, output]).toEqual([0, expect.stringContaining("4 recovered, 0 damaged or lost.")]);
  await using server = await start(folder.path);
  expect(await missingFrom(server, acknowledged)).toEqual([]);
  await untilNoticed(server, (codes) => codes.length === 0);
});

test("fsck --recover gives lost images back to their tenants", async () => {
  await using folder = await testFolder();
  const bytes = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  const ids: string[] = [];
  const hosts = ["localhost", "acme.localhost"];
  const ask = async ({ url }: TestServer, host: string, path: string, init: RequestInit = {}) =>
    await fetch(`${url}${path}`, { ...init, headers: { host } });
  {
    await using server = await start(folder.path);
    const tenant = JSON.stringify({ id: "acme", hosts: ["acme.localhost"] });
    const headers = { "content-type": "application/json" };
    expect((await fetch(`${server.url}/tenants`, { method: "POST", body: tenant, headers })).status).toBe(
      201,
    );
    for (const host of hosts) {
      const stored = await ask(server, host, "/images", { method: "POST", body: bytes });
      ids.push(((await stored.json()) as { readonly id: string }).id);
    }
  }
  {
    using database = new Database(join(folder.path, "db", "progimage.sqlite"));
    database.run("DELETE FROM images");
    database.run("DELETE FROM blobs");
  }
  await makeOld(folder.path);
  const { code, output } = await runCommand({ PROGIMAGE_DATA_DIR: folder.path }, "fsck", "--recover");
  expect([code, output]).toEqual([0, expect.stringContaining("2 recovered, 0 damaged or lost.")]);
  await using server = await start(folder.path);
  for (const [index, host] of hosts.entries()) {
    const found = await Promise.all(ids.map(async (id) => (await ask(server, host, `/images/${id}`)).status));
    expect(found).toEqual(ids.map((_, other) => (other === index ? 200 : 404)));
  }
});

test("fsck --adopt lists the lost images if the store is lost", async () => {
  await using folder = await testFolder();
  const environment = { PROGIMAGE_DATA_DIR: folder.path };
  const acknowledged: Acknowledged = new Map();
  {
    await using server = await start(folder.path);
    await uploadSome(server, acknowledged, 2);
  }
  await rm(join(folder.path, "fs"), { recursive: true });
  const refused = await runCommand(environment);
  expect([refused.code, refused.errors]).toEqual([2, expect.stringContaining("the store has none of them")]);
  const { code, output } = await runCommand(environment, "fsck", "--adopt");
  expect([code, output]).toEqual([3, expect.stringContaining("2 damaged or lost")]);
  for (const id of acknowledged.keys()) expect(output).toContain(id);
  await using server = await start(folder.path);
  await untilNoticed(server, (codes) => codes.includes("images_damaged"));
  // An upload of the same bytes heals the image.
  for (const bytes of acknowledged.values()) await server.client.images.upload(bytes);
  expect(await missingFrom(server, acknowledged)).toEqual([]);
  await untilNoticed(server, (codes) => codes.length === 0);
});

test("a second installation on the same folder is refused, harms nothing, and the first one reports it", async () => {
  await using folder = await testFolder();
  const other = {
    PROGIMAGE_DB_DIR: join(folder.path, "other", "db"),
    PROGIMAGE_TMP_DIR: join(folder.path, "other"),
  };
  const acknowledged: Acknowledged = new Map();
  await using server = await start(folder.path);
  await uploadSome(server, acknowledged, 5);
  const { code, errors } = await runCommand({ ...other, PROGIMAGE_FS_DIR: join(folder.path, "fs") });
  expect([code, errors]).toEqual([
    2,
    expect.stringContaining("the database is new: it knows none of its images"),
  ]);
  await untilNoticed(server, (codes) => codes.includes("storage_claimed"));
  expect(server.log()).toContain("Another server has tried to use this store of images");
  expect(await missingFrom(server, acknowledged)).toEqual([]);
  await runCommand({ PROGIMAGE_DATA_DIR: folder.path }, "fsck", "--quick");
  await untilNoticed(server, (codes) => codes.length === 0);
});

test("two installations of an earlier version that share a folder: the second is turned away, the first stops sweeping", async () => {
  await using folder = await testFolder();
  const fsDir = join(folder.path, "fs");
  const settingsOf = (name: string) => ({
    PROGIMAGE_FS_DIR: fsDir,
    PROGIMAGE_DB_DIR: join(folder.path, name),
    PROGIMAGE_TMP_DIR: join(folder.path, `${name}-tmp`),
  });
  const both: Acknowledged[] = [new Map(), new Map()];
  for (const [index, name] of ["one", "two"].entries()) {
    {
      await using server = await start(folder.path, settingsOf(name));
      await uploadSome(server, both[index] ?? new Map(), 12);
    }
    // The state that an older version leaves.
    await rm(join(fsDir, "blobs", "installation.json"));
    forgetIdentity(join(folder.path, name));
    if (index === 0) await Bun.$`mv ${join(fsDir, "blobs")} ${join(fsDir, "blobs-one")}`.quiet();
  }
  await Bun.$`cp -r ${join(fsDir, "blobs-one")}/. ${join(fsDir, "blobs")}`.quiet();
  const then = new Date(Date.now() - 3 * 86_400_000).toISOString();
  await Bun.$`find ${join(fsDir, "blobs")} -type f -exec touch -d ${then} {} +`.quiet();
  await using server = await start(folder.path, settingsOf("one"));
  const refused = await runCommand(settingsOf("two"));
  expect([refused.code, refused.errors]).toEqual([2, expect.stringContaining("does not say whose it is")]);
  await untilNoticed(
    server,
    (codes) => codes.includes("storage_strays") && codes.includes("storage_claimed"),
  );
  expect(await missingFrom(server, both[0] ?? new Map())).toEqual([]);
  const files = await Array.fromAsync(new Bun.Glob("blobs/**/*-*-*").scan(fsDir));
  expect(files).toHaveLength(24);
}, 60_000);

describe.skipIf(!s3 || !postgres)("on S3 and PostgreSQL", () => {
  if (!s3 || !postgres) return;

  test("an empty database with a used bucket, and a second installation on it, are refused and harm nothing", async () => {
    await using folder = await testFolder();
    const bucket = bucketSettings(await s3.freshBucket());
    await using database = await postgres.freshDatabase();
    await using empty = await postgres.freshDatabase();
    const acknowledged: Acknowledged = new Map();
    await using server = await start(folder.path, { ...bucket, PROGIMAGE_DATABASE_URL: database.url });
    await uploadSome(server, acknowledged, 5);
    await using elsewhere = await testFolder();
    for (const url of [empty.url, ""]) {
      const environment = { PROGIMAGE_DATA_DIR: elsewhere.path, ...bucket, PROGIMAGE_DATABASE_URL: url };
      const { code, errors } = await runCommand(environment);
      expect([code, errors]).toEqual([
        2,
        expect.stringContaining("the database is new: it knows none of its images"),
      ]);
    }
    await untilNoticed(server, (codes) => codes.includes("storage_claimed"));
    expect(await missingFrom(server, acknowledged)).toEqual([]);
  });

  test("an old copy of Postgres removes nothing, reports it, and fsck restores newer images", async () => {
    await using folder = await testFolder();
    const bucket = bucketSettings(await s3.freshBucket());
    await using database = await postgres.freshDatabase();
    const acknowledged: Acknowledged = new Map();
    {
      await using server = await start(folder.path, { ...bucket, PROGIMAGE_DATABASE_URL: database.url });
      await uploadSome(server, acknowledged, 3);
    }
    await using copy = await postgres.freshDatabase(new URL(database.url).pathname.slice(1));
    {
      await using server = await start(folder.path, { ...bucket, PROGIMAGE_DATABASE_URL: database.url });
      await uploadSome(server, acknowledged, 4);
    }
    const settings = { ...bucket, PROGIMAGE_DATABASE_URL: copy.url };
    await using server = await start(folder.path, settings);
    await untilNoticed(server, (codes) => codes.includes("storage_behind"));
    expect(server.log()).toContain("The database is older than the store of images");
    const deadline = Date.now() + 60_000;
    // A file that is seconds old may belong to an upload in progress, so fsck leaves it alone.
    for (;;) {
      const environment = { PROGIMAGE_DATA_DIR: folder.path, ...settings };
      const { code, output } = await runCommand(environment, "fsck", "--recover");
      expect([code, output]).toEqual([0, expect.stringContaining("0 damaged or lost")]);
      if (!output.includes("run this again in a minute")) break;
      if (Date.now() > deadline) throw new Error(`Cannot recover images: ${output}`);
      await Bun.sleep(500);
    }
    expect(await missingFrom(server, acknowledged)).toEqual([]);
    await untilNoticed(server, (codes) => codes.length === 0);
  }, 120_000);
});

/** Turns a database into one of an older version, which belongs to no installation. */
function forgetIdentity(dbDir: string): void {
  const database = new Database(join(dbDir, "progimage.sqlite"));
  database.run("DELETE FROM installations");
  // Otherwise the next server would wait for the lease of the previous one.
  database.run("DELETE FROM leases");
  database.close();
}
