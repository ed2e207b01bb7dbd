import { describe, expect, test } from "bun:test";
import { sharedPostgres, sharedS3, testFolder } from "@progimage/core/testing";
import { bucketSettings } from "../end_to_end/testing_bucket.ts";
import { type Acknowledged, missingFrom } from "../end_to_end/testing_installation.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { descendants, startServer, type TestServer } from "../end_to_end/testing_server.ts";

const ROUNDS = process.env["PROGIMAGE_LONG_TESTS"] === "true" ? 200 : 4;
const UPLOADERS_PER_NODE = 4;

const [s3, postgres] = await Promise.all([sharedS3(), sharedPostgres()]);

describe.skipIf(!s3 || !postgres)("on S3 and PostgreSQL", () => {
  if (!s3 || !postgres) return;

  test(
    `two nodes, one of which is killed ${ROUNDS} times under parallel uploads, lose nothing that was acknowledged`,
    async () => {
      await using folder = await testFolder();
      await using database = await postgres.freshDatabase();
      const settings = {
        ...bucketSettings(await s3.freshBucket()),
        PROGIMAGE_DATABASE_URL: database.url,
        PROGIMAGE_RENDER_PROCESSES: "1",
        PROGIMAGE_LOG_LEVEL: "silent",
      };
      const start = (index: number) => startServer({ dataDir: `${folder.path}/${index}`, settings });
      const nodes = [await start(0), await start(1)];
      const acknowledged: Acknowledged = new Map();
      const stop = new AbortController();
      const uploads = nodes.flatMap((_, index) =>
        Array.from({ length: UPLOADERS_PER_NODE }, (_none, uploader) =>
          uploadUntil(stop.signal, () => nodes[index], acknowledged, index * 100 + uploader),
        ),
      );
      for (let round = 0; round < ROUNDS; round++) {
        await Bun.sleep(100 + Math.random() * 400);
        const index = round % nodes.length;
        await killNode(nodes[index]);
        nodes[index] = await start(index);
      }
      stop.abort();
      await Promise.all(uploads);
      await using last = nodes[0] as TestServer;
      await using _other = nodes[1] as TestServer;
      expect(acknowledged.size).toBeGreaterThan(ROUNDS);
      console.log(`${acknowledged.size} uploads were acknowledged over ${ROUNDS} kills of two nodes`);
      expect(await missingFrom(last, acknowledged)).toEqual([]);
    },
    ROUNDS * 10_000 + 60_000,
  );
});

async function killNode(node: TestServer | undefined): Promise<void> {
  if (!node) return;
  for (const pid of await descendants(node.pid)) process.kill(pid, "SIGKILL");
  node.kill("SIGKILL");
  await node.exited;
}

async function uploadUntil(
  signal: AbortSignal,
  node: () => TestServer | undefined,
  acknowledged: Acknowledged,
  seed: number,
): Promise<void> {
  const picture = await noise(seed);
  for (let count = 0; !signal.aborted; count++) {
    // Every other upload has unique bytes, so that new and known blobs are in progress.
    const body = count % 2 === 0 ? picture : Buffer.concat([picture, Buffer.from(crypto.randomUUID())]);
    const image = await node()
      ?.client.images.upload(body)
      .catch(() => null);
    if (image) acknowledged.set(image.id, body);
    else await Bun.sleep(1);
  }
}
