import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newBlobKey, SHARDS } from "@progimage/core";
import { SqliteDatabase, SqliteImageCatalog } from "@progimage/core/adapters";
import { imageFixture } from "@progimage/core/testing";

/** The time of the first image, in Unix milliseconds. */
const FIRST_TIME = 1_700_000_000_000;

/** Options for {@linkcode fillRepository}. */
export interface FillRepositoryOptions {
  readonly images: number;
  /** Returns the bytes of an image by its number. */
  readonly contentOf: (number: number) => Uint8Array | string;
}

/** Fills a data folder with images, whose bytes are never decoded. */
export async function fillRepository(
  dataDir: string,
  { images, contentOf }: FillRepositoryOptions,
): Promise<void> {
  using database = new SqliteDatabase(join(dataDir, "db", "progimage.sqlite"));
  database.migrate();
  database.orm.run("PRAGMA synchronous = OFF");
  const catalog = new SqliteImageCatalog(database);
  for (const shard of SHARDS) mkdirSync(join(dataDir, "fs", "blobs", shard), { recursive: true });
  for (let number = 0; number < images; number++) {
    const content = contentOf(number);
    const sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex");
    const image = imageFixture({
      name: `image ${number}`,
      tags: number % 10 === 0 ? ["tenth"] : [],
      bytes: Buffer.byteLength(content),
      createdAt: FIRST_TIME + number * 1_000,
      sha256,
    });
    const key = newBlobKey(sha256, { id: image.id });
    writeFileSync(join(dataDir, "fs", "blobs", key.slice(0, 2), key), content);
    await catalog.add(image, { key, validUntil: Number.MAX_SAFE_INTEGER });
  }
}
