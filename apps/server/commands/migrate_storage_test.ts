import { describe, expect, test } from "bun:test";
import { appendFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type BlobStore, newBlobKey, SHARDS } from "@progimage/core";
import { Bucket, FsBlobStore, ObjectBlobStore } from "@progimage/core/adapters";
import { sharedS3, testFolder } from "@progimage/core/testing";
import { beginCommand, runCommand } from "../end_to_end/testing_command.ts";
import { bucketSettings } from "../end_to_end/testing_bucket.ts";
import { untilNoticed } from "../end_to_end/testing_installation.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { filesBelow, startServer, type TestServer } from "../end_to_end/testing_server.ts";

const s3 = await sharedS3();

test("migrate-storage explains its requirements", async () => {
  await using folder = await testFolder();
  const environment = { PROGIMAGE_DATA_DIR: folder.path };
  for (const [args, said] of [
    [[], "--to must be s3 or fs"],
    [["--to", "tape"], "--to must be s3 or fs: it is tape"],
    [["--to", "s3"], "PROGIMAGE_S3_ENDPOINT and its companions are not set"],
    [["--to", "s3", "--at-a-time", "0"], "--at-a-time must be a whole number from 1 to 64"],
    [["--to", "s3", "--force"], "--force"],
  ] as const) {
    const { code, errors } = await runCommand(environment, "migrate-storage", ...args);
    expect(errors).toContain(said);
    expect(code).toBe(2);
  }
  const { code, output } = await runCommand({}, "migrate-storage", "--help");
  expect([code, output]).toEqual([0, expect.stringContaining("Usage: bun start migrate-storage --to s3|fs")]);
});

describe.skipIf(s3 === null)("on S3", () => {
  if (!s3) return;

  test("migrate-storage copies to S3 and back during uploads, and both have every image", async () => {
    await using folder = await testFolder();
    const environment = { PROGIMAGE_DATA_DIR: folder.path, ...bucketSettings(await s3.freshBucket()) };
    const known = new Map<string, Uint8Array>();
    let seed = 0;
    const upload = async ({ client }: TestServer) => {
      const picture = await noise(seed++);
      known.set((await client.images.upload(picture)).id, picture);
    };
    for (const to of ["s3", "fs", "s3"] as const) {
      const settings = { PROGIMAGE_RENDER_PROCESSES: "1", ...(to === "s3" ? {} : environment) };
      {
        await using server = await startServer({ dataDir: folder.path, settings });
        for (let count = 0; count < 4; count++) await upload(server);
        const child = beginCommand(environment, "migrate-storage", "--to", to);
        let uploads = 0;
        while (child.exitCode === null || uploads < 3) uploads = await upload(server).then(() => uploads + 1);
        expect(child.exitCode).toBe(0);
        await server.client.images.delete([...known.keys()][0] ?? "");
        known.delete([...known.keys()][0] ?? "");
      }
      const caughtUp = await runCommand(environment, "migrate-storage", "--to", to);
      expect(caughtUp).toMatchObject({ code: 0, output: expect.stringContaining("0 failed.") });
      expect((await runCommand(environment, "migrate-storage", "--to", to, "--verify")).output).toContain(
        "Everything is there.",
      );
      const moved = to === "s3" ? environment : {};
      await using server = await startServer({ dataDir: folder.path, settings: moved });
      for (const [id, picture] of known)
        expect(Buffer.compare(await (await server.client.image(id).fetch()).bytes(), picture)).toBe(0);
    }
  }, 120_000);

  test("migrate-storage copies the identity of the installation, and leaves the images of another unchanged", async () => {
    await using folder = await testFolder();
    const bucket = bucketSettings(await s3.freshBucket());
    const [one, other] = ["one", "other"].map((name) => join(folder.path, name)) as [string, string];
    for (const dataDir of [one, other]) {
      await using server = await startServer({ dataDir, settings: { PROGIMAGE_RENDER_PROCESSES: "1" } });
      await server.client.images.upload(await noise(1));
    }
    const environment = { PROGIMAGE_DATA_DIR: one, ...bucket };
    expect(await runCommand(environment, "migrate-storage", "--to", "s3")).toMatchObject({ code: 0 });
    const { code, errors } = await runCommand(
      { PROGIMAGE_DATA_DIR: other, ...bucket },
      ...["migrate-storage", "--to", "s3"],
    );
    expect([code, errors]).toEqual([2, expect.stringContaining("belongs to installation")]);
    await using server = await startServer({ dataDir: one, settings: environment });
    await untilNoticed(server, (codes) => codes.length === 0);
    // The other installation was not merged with it.
    expect((await runCommand({ PROGIMAGE_DATA_DIR: other, ...bucket })).code).toBe(2);
  });

  test("migrate-storage continues after SIGKILL, both ways, and never exposes a partial file", async () => {
    await using folder = await testFolder();
    const address = await s3.freshBucket();
    const environment = { PROGIMAGE_DATA_DIR: folder.path, ...bucketSettings(address) };
    const files = new FsBlobStore(join(folder.path, "fs", "blobs"));
    const objects = new ObjectBlobStore(new Bucket(address));
    const keys = await plantBlobs(folder.path, files, 1_500);

    await killHalfway(environment, "s3", objects);
    const some = (await keysIn(objects)).length;
    expect(some).toBeLessThan(keys.length);
    const { code, output } = await runCommand(environment, "migrate-storage", "--to", "s3", "--verify");
    expect([code, output]).toEqual([0, expect.stringContaining(`${keys.length - some} copied`)]);
    expect(output).toContain(`${some} there before`);
    expect((await keysIn(objects)).toSorted()).toEqual(keys);

    // Back to files, in another folder.
    const other = { ...environment, PROGIMAGE_FS_DIR: join(folder.path, "other") };
    const copies = new FsBlobStore(join(folder.path, "other", "blobs"));
    await mkdir(join(folder.path, "other"));
    await killHalfway(other, "fs", copies);
    for (const file of await filesBelow(join(folder.path, "other", "blobs"))) {
      const path = join(folder.path, "other", "blobs", file);
      const digest = new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex");
      expect(file.slice(3, 67)).toBe(digest);
    }
    expect((await runCommand(other, "migrate-storage", "--to", "fs")).code).toBe(0);
    expect((await runCommand(other, "migrate-storage", "--to", "fs", "--verify")).output).toContain(
      "Everything is there.",
    );
    expect((await keysIn(copies)).toSorted()).toEqual(keys);
  }, 120_000);

  test("migrate-storage lists corrupt blobs, does not copy them, and fails", async () => {
    await using folder = await testFolder();
    const address = await s3.freshBucket();
    const environment = { PROGIMAGE_DATA_DIR: folder.path, ...bucketSettings(address) };
    const files = new FsBlobStore(join(folder.path, "fs", "blobs"));
    const keys = await plantBlobs(folder.path, files, 10);
    const [rotten = ""] = keys;
    await appendFile(files.localPath(rotten), "x");
    const { code, output } = await runCommand(environment, "migrate-storage", "--to", "s3");
    expect(code).toBe(1);
    expect(output).toContain("9 copied");
    expect(output).toContain(`  ${rotten}: it has other bytes than its name says`);
    expect(await keysIn(new ObjectBlobStore(new Bucket(address)))).toHaveLength(9);
    expect(await readdir(join(folder.path, "fs", "incoming"))).toEqual([]);
  });

  test("migrate-storage reports an outage of S3, and a wrong secret", async () => {
    await using folder = await testFolder();
    const address = await s3.freshBucket();
    const wrong = bucketSettings({ ...address, secretAccessKey: "wrong-secret" });
    const refused = await runCommand(
      { PROGIMAGE_DATA_DIR: folder.path, ...wrong },
      "migrate-storage",
      "--to",
      "s3",
    );
    expect([refused.code, refused.errors]).toEqual([
      2,
      expect.stringContaining("PROGIMAGE_S3_SECRET_ACCESS_KEY"),
    ]);
    expect(refused.errors).not.toContain("wrong-secret");
    const nowhere = bucketSettings({ ...address, endpoint: "http://127.0.0.1:9" });
    const away = await runCommand(
      { PROGIMAGE_DATA_DIR: folder.path, ...nowhere },
      "migrate-storage",
      "--to",
      "fs",
    );
    expect([away.code, away.errors]).toEqual([1, expect.stringContaining("does not answer at the moment")]);
  });
});

/** Starts a copy and kills it once a blob has arrived. */
async function killHalfway(
  environment: Readonly<Record<string, string>>,
  to: string,
  target: BlobStore,
): Promise<void> {
  const child = beginCommand(environment, "migrate-storage", "--to", to, "--at-a-time", "4");
  while ((await keysIn(target)).length < 20 && child.exitCode === null);
  child.kill("SIGKILL");
  await child.exited;
  expect(child.signalCode).toBe("SIGKILL");
}

/** Writes new blobs and returns their keys, in order. */
async function plantBlobs(folder: string, store: BlobStore, count: number): Promise<string[]> {
  const keys: string[] = [];
  for (let index = 0; index < count; index++) {
    const path = join(folder, "planted");
    const content = `blob ${index} `.repeat(index % 500);
    await Bun.write(path, content);
    const key = newBlobKey(new Bun.CryptoHasher("sha256").update(content).digest("hex"));
    await store.put(key, path);
    await Bun.file(path).delete();
    keys.push(key);
  }
  return keys.toSorted();
}

async function keysIn(store: BlobStore): Promise<string[]> {
  const keys = SHARDS.map(async (shard) => await Array.fromAsync(store.list(shard), ({ key }) => key));
  return (await Promise.all(keys)).flat();
}
