import { expect, test } from "bun:test";
import { until } from "@progimage/core/testing";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SHARDS, sweepStorage } from "@progimage/core";
import {
  FsBlobStore,
  FsDerivativeCache,
  FsStoreMark,
  SqliteBlobLedger,
  SqliteDatabase,
  SqliteDeletedImages,
  SqliteImageCatalog,
  SqliteInstallationRecord,
  SqliteJobRecords,
  SqliteRemovalRecord,
} from "@progimage/core/adapters";
import { noise } from "../end_to_end/testing_pictures.ts";
import {
  blobsBelow,
  descendants,
  filesBelow,
  startServer,
  type TestServer,
} from "../end_to_end/testing_server.ts";

const IS_LONG = process.env["PROGIMAGE_LONG_TESTS"] === "true";
const ROUNDS = IS_LONG ? 200 : 8;
const LONGEST_LIFE_MS = IS_LONG ? 2_000 : 500;
const UPLOADERS = 8;
const DAY = 86_400_000;

/** The state that a client expects: the id that it received and the bytes that it sent. */
type Acknowledged = Map<string, Uint8Array>;

test(
  `a server that is killed ${ROUNDS} times under parallel uploads loses nothing that it has acknowledged`,
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "progimage-test-"));
    const acknowledged: Acknowledged = new Map();
    const pictures = await Promise.all(
      Array.from({ length: 24 }, (_, seed) => noise(seed, 160 + seed * 8, 120)),
    );
    try {
      for (let round = 0; round < ROUNDS; round++)
        await killUnderUploads(dataDir, pictures, acknowledged, round);
      expect(acknowledged.size).toBeGreaterThan(ROUNDS / 2);
      console.log(`${acknowledged.size} uploads were acknowledged over ${ROUNDS} kills`);
      await using server = await startServer({
        dataDir,
        settings: { PROGIMAGE_LEFTOVER_AGE_MS: "1000", PROGIMAGE_SWEEP_INTERVAL_MS: "200" },
      });
      await checkNothingIsLost(server, acknowledged);
      await checkEveryRowHasItsBytes(server);
      await checkLeftoversAreSwept(dataDir);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  },
  ROUNDS * 10_000,
);

async function killUnderUploads(
  dataDir: string,
  pictures: readonly Uint8Array[],
  acknowledged: Acknowledged,
  round: number,
): Promise<void> {
  const server = await startServer({ dataDir, settings: { PROGIMAGE_RENDER_PROCESSES: "1" } });
  const controller = new AbortController();
  const uploaders = Array.from({ length: UPLOADERS }, (_, uploader) =>
    uploadUntil(controller.signal, server, pictures, acknowledged, round + uploader),
  );
  // On a busy machine the first response takes long. Every other server is killed without waiting for it.
  const before = acknowledged.size;
  if (round % 2 === 0)
    await until("two uploads are acknowledged", async () => acknowledged.size > before + 1);
  await Bun.sleep(100 + Math.random() * (LONGEST_LIFE_MS - 100));
  const [httpProcess = 0] = await descendants(server.pid);
  process.kill(httpProcess, "SIGKILL");
  server.kill("SIGKILL");
  controller.abort();
  await Promise.all([...uploaders, server.exited]);
}

async function uploadUntil(
  signal: AbortSignal,
  server: TestServer,
  pictures: readonly Uint8Array[],
  acknowledged: Acknowledged,
  start: number,
): Promise<void> {
  for (let count = start; !signal.aborted; count++) {
    const bytes = pictures[count % pictures.length] ?? new Uint8Array();
    // Every other upload has unique bytes, so that new and known blobs are in progress.
    const body = count % 2 === 0 ? bytes : withTrailer(bytes);
    const image = await server.client.images.upload(body).catch(() => null);
    if (image) acknowledged.set(image.id, body);
    else if (!signal.aborted) await Bun.sleep(1);
  }
}

/** A JPEG decoder ignores bytes after the end of the image. */
function withTrailer(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.from(crypto.randomUUID())]);
}

async function checkNothingIsLost(server: TestServer, acknowledged: Acknowledged): Promise<void> {
  for (const [id, bytes] of acknowledged) {
    const response = await fetch(`${server.url}/images/${id}`);
    expect(response.status).toBe(200);
    expect(Buffer.compare(new Uint8Array(await response.arrayBuffer()), bytes)).toBe(0);
  }
}

async function checkEveryRowHasItsBytes(server: TestServer): Promise<void> {
  for await (const { id, bytes } of server.client.images.list({ limit: 1000 })) {
    const response = await fetch(`${server.url}/images/${id}`, { method: "HEAD" });
    expect({ status: response.status, bytes: Number(response.headers.get("content-length")) }).toEqual({
      status: 200,
      bytes,
    });
  }
}

/** The server itself sweeps `incoming`. It keeps bytes without a record for a day, so this sweep runs with a later clock. */
async function checkLeftoversAreSwept(dataDir: string): Promise<void> {
  const incoming = join(dataDir, "fs", "incoming");
  await until("no file is left", async () => {
    const left = await filesBelow(incoming);
    return left.length === 0 || left;
  });

  using database = new SqliteDatabase(join(dataDir, "db", "progimage.sqlite"));
  const now = () => Date.now() + 2 * DAY;
  const blobs = new FsBlobStore(join(dataDir, "fs", "blobs"));
  const ports = {
    blobs,
    catalog: new SqliteImageCatalog(database, now),
    deleted: new SqliteDeletedImages(database, now),
    derivatives: new FsDerivativeCache(join(dataDir, "fs", "derivatives"), { capacity: Infinity }),
    installation: new SqliteInstallationRecord(database),
    jobs: new SqliteJobRecords(database, now),
    ledger: new SqliteBlobLedger(database, now),
    mark: new FsStoreMark(join(dataDir, "fs", "blobs")),
    now,
    removals: new SqliteRemovalRecord(database),
  };
  for (const shard of SHARDS) {
    // So many crashes leave more stray blobs than a sweep accepts before it suspects a lost database.
    await ports.installation.update({ pause: null, strays: 0 });
    expect(await sweepStorage(ports, { holder: "test", grace: DAY, shard })).toMatchObject({ failures: [] });
  }
  const kept = (await blobsBelow(join(dataDir, "fs"))).map((path) => path.slice(3));
  const recorded = database.orm.all<{ key: string }>("SELECT key FROM blobs").map(({ key }) => key);
  expect(kept.toSorted()).toEqual(recorded.toSorted());
}
