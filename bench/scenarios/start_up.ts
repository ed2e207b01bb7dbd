import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Image, newBlobKey, SHARDS } from "@progimage/core";
import { SqliteDatabase, SqliteImageCatalog } from "@progimage/core/adapters";
import { freePorts, imageFixture } from "@progimage/core/testing";
import type { Scenario } from "../scenario.ts";
import { median, rounded } from "../statistics.ts";

const IMAGES = 100_000;

/** When the first of them was made. */
const FIRST_TIME = 1_700_000_000_000;
const ROOT = join(import.meta.dir, "..", "..");

/** How long a newcomer waits, and whether a full repository makes it longer. */
export const startUp: Scenario = {
  name: "start-up",
  summary: `from \`bun start\` to the first answer, with an empty repository and with ${IMAGES.toLocaleString("en")} images`,
  async run({ folder, quick, report, runs }) {
    const images = quick ? 1_000 : IMAGES;
    const empty = join(folder, "empty");
    const full = join(folder, "full");
    report(`making ${images} images`);
    await fill(full, images);
    const times: Record<"empty" | "full", number[]> = { empty: [], full: [] };
    for (let run = 0; run <= runs; run++) {
      const [one, other] = [await firstAnswer(empty), await firstAnswer(full)];
      if (run === 0) continue;
      times.empty.push(one);
      times.full.push(other);
      report(`run ${run} of ${runs}: ${Math.round(one)} ms empty, ${Math.round(other)} ms full`);
    }
    const milliseconds = median(times.full);
    const ratio = milliseconds / median(times.empty);
    return [
      {
        name: `first answer after bun start, ${images} images`,
        measured: rounded(milliseconds),
        unit: "ms",
        target: "≤ 1000",
        reached: milliseconds <= 1000,
        detail: times,
      },
      {
        name: `the same, of the time with an empty repository`,
        measured: rounded(ratio),
        unit: "×",
        target: "≤ 1.1",
        reached: ratio <= 1.1,
        detail: times,
      },
    ];
  },
};

/** Gives the milliseconds until `GET /images` is answered. */
async function firstAnswer(dataDir: string): Promise<number> {
  const [port = 0] = freePorts(1);
  const startedAt = performance.now();
  const server = Bun.spawn([process.execPath, "start"], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "ignore"],
    env: {
      ...process.env,
      PROGIMAGE_DATA_DIR: dataDir,
      PROGIMAGE_PORT: String(port),
      PROGIMAGE_LOG_LEVEL: "silent",
    },
  });
  try {
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${port}/images`).catch(() => null);
      await response?.arrayBuffer();
      if (response?.ok) return performance.now() - startedAt;
      if (server.exitCode !== null) throw new Error(`Cannot start the server: exit code ${server.exitCode}`);
      await Bun.sleep(2);
    }
  } finally {
    server.kill("SIGTERM");
    await server.exited;
  }
}

async function fill(dataDir: string, images: number): Promise<void> {
  using database = new SqliteDatabase(join(dataDir, "db", "progimage.sqlite"));
  database.migrate();
  database.orm.run("PRAGMA synchronous = OFF");
  const catalog = new SqliteImageCatalog(database);
  for (const shard of SHARDS) mkdirSync(join(dataDir, "fs", "blobs", shard), { recursive: true });
  for (let count = 0; count < images; count++) {
    const image = someImage(count);
    const key = newBlobKey(image.sha256);
    writeFileSync(join(dataDir, "fs", "blobs", key.slice(0, 2), key), "not read by this");
    await catalog.add(image, { key, validUntil: Number.MAX_SAFE_INTEGER });
  }
}

function someImage(count: number): Image {
  const sha256 = new Bun.CryptoHasher("sha256").update(String(count)).digest("hex");
  const tags = count % 10 === 0 ? ["tenth"] : [];
  return imageFixture({
    name: `image ${count}`,
    tags,
    bytes: 50_000 + (count % 1_000),
    createdAt: FIRST_TIME + count * 1_000,
    sha256,
  });
}
