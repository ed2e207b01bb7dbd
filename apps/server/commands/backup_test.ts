import { describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { testFolder } from "@progimage/core/testing";
import { beginCommand, runCommand } from "../end_to_end/testing_command.ts";
import { type Acknowledged, makeOld, missingFrom, uploadSome } from "../end_to_end/testing_installation.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { blobsBelow, filesBelow, startServer, type TestServer } from "../end_to_end/testing_server.ts";

const SETTINGS = { PROGIMAGE_RENDER_PROCESSES: "1" };

/** A data folder and a place for backups. */
async function places() {
  const folder = await testFolder();
  const [dataDir, backup] = [join(folder.path, "data"), join(folder.path, "backup")];
  return {
    dataDir,
    backup,
    elsewhere: join(folder.path, "elsewhere"),
    environment: { PROGIMAGE_DATA_DIR: dataDir },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function start(dataDir: string): Promise<TestServer> {
  return startServer({ dataDir, settings: SETTINGS });
}

test("backup explains its requirements", async () => {
  await using place = await places();
  for (const [words, said] of [
    [[], "there must be one folder"],
    [["one", "two"], "there must be one folder"],
    [["restore"], "there must be one folder"],
    [["restore", place.backup], "must hold a backup: there is none"],
    [["--force"], "--force"],
  ] as const) {
    const { code, errors } = await runCommand(place.environment, "backup", ...words);
    expect([code, errors]).toEqual([2, expect.stringContaining(said)]);
  }
  const postgres = {
    ...place.environment,
    PROGIMAGE_DATABASE_URL: "postgres://user:secret@127.0.0.1:1/name",
  };
  const { code, errors } = await runCommand(postgres, "backup", place.backup);
  expect([code, errors]).toEqual([2, expect.stringContaining("back up Postgres by its own means")]);
  expect((await runCommand({}, "backup", "--help")).output).toContain("Usage: npm start -- backup FOLDER");
});

describe("backup", () => {
  test("taken under uploads and restored elsewhere has every image that was acknowledged before", async () => {
    await using place = await places();
    const acknowledged: Acknowledged = new Map();
    let before: Acknowledged = new Map();
    {
      await using server = await start(place.dataDir);
      await uploadSome(server, acknowledged, 20);
      const stop = new AbortController();
      const uploaders = Array.from({ length: 4 }, async (_, uploader) => {
        for (let number = 0; !stop.signal.aborted; number++) {
          const picture = await noise(10_000 * (uploader + 1) + number);
          acknowledged.set((await server.client.images.upload(picture)).id, picture);
        }
      });
      // Each backup runs at a different moment of the uploads.
      for (let round = 0; round < 3; round++) {
        before = new Map(acknowledged);
        const { code, errors } = await runCommand(place.environment, "backup", place.backup);
        expect([code, errors]).toEqual([0, ""]);
      }
      stop.abort();
      await Promise.all(uploaders);
    }
    expect(acknowledged.size).toBeGreaterThan(before.size);
    const elsewhere = { PROGIMAGE_DATA_DIR: place.elsewhere };
    expect(await runCommand(elsewhere, "backup", "restore", place.backup)).toMatchObject({ code: 0 });
    await makeOld(place.elsewhere);
    const checked = await runCommand(elsewhere, "fsck");
    expect(checked).toMatchObject({ code: 0, output: expect.stringContaining(", 0 damaged or lost.") });
    await using server = await start(place.elsewhere);
    expect(await missingFrom(server, before)).toEqual([]);
    for await (const { id } of server.client.images.list({ limit: 1_000 }))
      expect((await fetch(`${server.url}/images/${id}`)).status).toBe(200);
  }, 120_000);

  test("restores a lost database with all records of images", async () => {
    await using place = await places();
    const acknowledged: Acknowledged = new Map();
    {
      await using server = await start(place.dataDir);
      await uploadSome(server, acknowledged, 5);
    }
    expect(await runCommand(place.environment, "backup", place.backup)).toMatchObject({ code: 0 });
    await rm(join(place.dataDir, "db"), { recursive: true });
    const refused = await runCommand(place.environment);
    expect(refused).toMatchObject({ code: 2, output: "" });
    expect(refused.errors).toContain("the database is new: it knows none of its images");
    expect(refused.errors).toContain("npm start -- backup restore FOLDER");
    // The refused start has created no database that would block the restore.
    expect(await filesBelow(join(place.dataDir, "db"))).toEqual([]);
    expect(await runCommand(place.environment, "backup", "restore", place.backup)).toMatchObject({ code: 0 });
    expect(await runCommand(place.environment, "fsck")).toMatchObject({ code: 0 });
    await using server = await start(place.dataDir);
    expect(await missingFrom(server, acknowledged)).toEqual([]);
    const images = await Array.fromAsync(server.client.images.list());
    expect(images.map(({ name, tags }) => `${name} ${tags.join()}`).toSorted()).toEqual(
      Array.from({ length: 5 }, (_, number) => `${number}.jpg kept`),
    );
  });

  test("loses no newer image when it is old: fsck restores each under its id", async () => {
    await using place = await places();
    const acknowledged: Acknowledged = new Map();
    {
      await using server = await start(place.dataDir);
      await uploadSome(server, acknowledged, 3);
      expect(await runCommand(place.environment, "backup", place.backup)).toMatchObject({ code: 0 });
      await uploadSome(server, acknowledged, 4);
    }
    const kept = await runCommand(place.environment, "backup", "restore", place.backup);
    expect(kept).toMatchObject({ code: 2, errors: expect.stringContaining("--replace keeps it beside") });
    const replaced = await runCommand(place.environment, "backup", "restore", place.backup, "--replace");
    expect(replaced).toMatchObject({ code: 0, output: expect.stringContaining("is kept as") });
    expect(
      (await filesBelow(join(place.dataDir, "db"))).filter((name) => name.includes(".before-")),
    ).toHaveLength(1);
    await makeOld(place.dataDir);
    {
      await using server = await start(place.dataDir);
      expect(server.log()).toContain("was restored from a backup: nothing is removed until");
      expect((await Array.fromAsync(server.client.images.list())).length).toBe(3);
      const checked = await runCommand(place.environment, "fsck");
      expect(checked).toMatchObject({ code: 0, output: expect.stringContaining("4 recovered") });
      expect(await missingFrom(server, acknowledged)).toEqual([]);
      expect(await Array.fromAsync(server.client.images.list({ tag: "recovered" }))).toHaveLength(4);
    }
  });

  test("updates an earlier backup, and removes files that are no longer needed", async () => {
    await using place = await places();
    const acknowledged: Acknowledged = new Map();
    const blobs = () => blobsBelow(join(place.backup, "fs"));
    await using server = await start(place.dataDir);
    await uploadSome(server, acknowledged, 3);
    const secret = join(place.dataDir, "db", "secret");
    await Bun.write(secret, "the secret of signatures\n");
    const first = (await runCommand(place.environment, "backup", place.backup)).output;
    expect(first).toContain("3 copied");
    expect(first).toContain(`It leaves out ${secret}`);
    expect((await filesBelow(place.backup)).filter((path) => path.endsWith("secret"))).toEqual([]);
    await uploadSome(server, acknowledged, 1);
    const [erased = "", deleted = ""] = acknowledged.keys();
    await server.client.images.delete(deleted);
    const second = await runCommand(place.environment, "backup", place.backup, "--copy");
    expect(second.output).toContain("1 copied");
    expect(await blobs()).toHaveLength(4);
    // The next backup drops an erased image too.
    await server.client.images.erase(erased);
    expect((await runCommand(place.environment, "backup", place.backup)).output).toContain("1 removed");
    expect(await blobs()).toHaveLength(3);
    expect((await blobs()).some((file) => file.endsWith(erased))).toBeFalse();
  });

  test("restore is refused while a server works, and for another installation", async () => {
    await using place = await places();
    const other = { PROGIMAGE_DATA_DIR: place.elsewhere };
    {
      await using server = await start(place.dataDir);
      await uploadSome(server, new Map(), 1);
      expect(await runCommand(place.environment, "backup", place.backup)).toMatchObject({ code: 0 });
      const busy = await runCommand(place.environment, "backup", "restore", place.backup, "--replace");
      expect(busy).toMatchObject({ code: 1, errors: expect.stringContaining("stop the server first") });
      await using _another = await start(place.elsewhere);
    }
    for (const words of [["restore", place.backup, "--replace"], [place.backup]]) {
      const { code, errors } = await runCommand(other, "backup", ...words);
      expect([code, errors]).toEqual([2, expect.stringContaining("it belongs to")]);
    }
  });

  test("does not copy damaged bytes, and restore --images-only repairs the store", async () => {
    await using place = await places();
    const acknowledged: Acknowledged = new Map();
    await using server = await start(place.dataDir);
    await uploadSome(server, acknowledged, 3);
    expect(await runCommand(place.environment, "backup", place.backup, "--copy")).toMatchObject({ code: 0 });
    await uploadSome(server, acknowledged, 1);
    const [first = "", , , last = ""] = acknowledged.keys();
    for (const id of [first, last]) await flip(place.dataDir, id);
    const partial = await runCommand(place.environment, "backup", place.backup, "--copy");
    expect(partial).toMatchObject({
      code: 3,
      output: expect.stringContaining("it has other bytes than its name says"),
    });
    expect(await runCommand(place.environment, "fsck")).toMatchObject({ code: 3 });
    const healed = await runCommand(place.environment, "backup", "restore", place.backup, "--images-only");
    expect(healed).toMatchObject({ code: 0, output: expect.stringContaining("1 copied") });
    const { code, output } = await runCommand(place.environment, "fsck");
    expect([code, output]).toEqual([3, expect.stringContaining("1 damaged or lost")]);
    expect(output).toContain(last);
    expect(await missingFrom(server, new Map([...acknowledged].slice(0, 3)))).toEqual([]);
  });

  test("goes on where it was killed", async () => {
    await using place = await places();
    const acknowledged: Acknowledged = new Map();
    await using server = await start(place.dataDir);
    await uploadSome(server, acknowledged, 40);
    for (let round = 0; round < 5; round++) {
      const child = beginCommand(place.environment, "backup", place.backup, "--copy");
      await Bun.sleep(150 + 60 * round);
      child.kill("SIGKILL");
      await child.exited;
    }
    expect(await runCommand(place.environment, "backup", place.backup, "--copy")).toMatchObject({ code: 0 });
    const elsewhere = { PROGIMAGE_DATA_DIR: place.elsewhere };
    expect(await runCommand(elsewhere, "backup", "restore", place.backup)).toMatchObject({ code: 0 });
    expect(await runCommand(elsewhere, "fsck")).toMatchObject({ code: 0 });
    await using restored = await start(place.elsewhere);
    expect(await missingFrom(restored, acknowledged)).toEqual([]);
  }, 60_000);
});

function pathOf(files: readonly string[], id: string): readonly string[] {
  return (files.find((file) => file.endsWith(id)) ?? "").split("/");
}

/** Changes one bit of a stored file. */
async function flip(dataDir: string, id: string): Promise<void> {
  const folder = join(dataDir, "fs", "blobs");
  const path = join(folder, ...pathOf(await filesBelow(folder), id));
  const bytes = await Bun.file(path).bytes();
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await Bun.write(path, bytes);
}
