import { describe, expect, test } from "bun:test";
import { eq, sql } from "drizzle-orm";
import { newBlobKey } from "../../blob/blob_store.ts";
import { PostgresRemovalRecord } from "../../blob/postgres_removal_record.ts";
import type { PostgresDatabase } from "../../database/postgres/postgres_database.ts";
import { deletedImages, images } from "../../database/postgres/postgres_schema.ts";
import { sharedPostgres } from "../../database/postgres/testing_postgres.ts";
import { lendPostgresDatabase } from "../../database/postgres/testing_postgres_database.ts";
import { expectIndexes } from "../../database/postgres/testing_postgres_indexes.ts";
import type { ErasedImages } from "./deleted_images.ts";
import { imageRowOf } from "./deleted_image_row.ts";
import { imageFixture } from "../image_fixture.ts";
import { PostgresDeletedImages } from "./postgres_deleted_images.ts";
import { PostgresImageCatalog } from "../catalog/postgres_image_catalog.ts";

describe.skipIf(!(await sharedPostgres()))("on PostgreSQL", () => {
  test("PostgresDeletedImages finds every page and due images by an index, without sorting", async () => {
    await using lent = await lendPostgresDatabase();
    const { database, log } = lent;
    await makeRows(database);
    const deleted = new PostgresDeletedImages(database);
    const after = { value: 1_700_000_500_000, id: imageFixture().id };
    // Images that were deleted in the same millisecond may be sorted.
    const except = /Incremental Sort|Sort Key/;
    for (const query of [{}, { after }])
      await expectIndexes(database, await log.of(() => deleted.list({ limit: 51, ...query })), { except });
    await expectIndexes(database, await log.of(() => deleted.find(after.id)));
    await expectIndexes(database, await log.of(() => deleted.eraseExpired(500)));
    await expectIndexes(database, await log.of(() => deleted.release(1_700_000_000_500, 500), /^select/));
  });

  test("PostgresRemovalRecord finds pending, listed and due removals by an index, without sorting", async () => {
    await using lent = await lendPostgresDatabase();
    const { database, log } = lent;
    await makeRows(database);
    const removals = new PostgresRemovalRecord(database);
    await expectIndexes(database, await log.of(() => removals.pending(500)));
    const place = { removedAt: 1_700_000_900_000, key: "a" };
    await expectIndexes(database, await log.of(() => removals.list(place, 500)));
    const keys = [newBlobKey(imageFixture().sha256), newBlobKey(imageFixture().sha256)];
    await expectIndexes(database, await log.of(() => removals.among(keys)));
    // Few removals from that long ago are unfinished.
    const due = await log.of(() => removals.forget(1_700_000_000_500, 500));
    await expectIndexes(database, due, { except: /Filter: \(?is_done/ });
  });

  test("PostgresDeletedImages.erase() erases an image whose restoration it waited for", async () => {
    await using lent = await lendPostgresDatabase();
    const { database } = lent;
    const catalog = new PostgresImageCatalog(database);
    const deleted = new PostgresDeletedImages(database);
    const image = imageFixture();
    await catalog.add(image, { key: newBlobKey(image.sha256), validUntil: Infinity });
    await catalog.remove(image.id);
    let erasing: Promise<ErasedImages> | null = null;
    await database.transaction(async (transaction) => {
      const rows = await transaction.delete(deletedImages).where(eq(deletedImages.id, image.id)).returning();
      await transaction.insert(images).values(rows.map(imageRowOf));
      erasing = deleted.erase([image.id]);
      await untilOneWaits(database);
    });
    const erased = await (erasing as Promise<ErasedImages> | null);
    expect(erased?.images).toMatchObject([{ id: image.id }]);
    expect(await catalog.find(image.id)).toBeNull();
  });
});

/** Waits until one statement waits for the lock of another. */
async function untilOneWaits({ orm }: PostgresDatabase): Promise<void> {
  const deadline = performance.now() + 3_000;
  for (;;) {
    const states = await orm.execute<{ readonly event: string }>(
      sql`select wait_event_type as event from pg_stat_activity where datname = current_database()`,
    );
    if (states.some(({ event }) => event === "Lock")) return;
    if (performance.now() > deadline)
      throw new Error("Cannot wait any longer: no statement waits for a lock");
  }
}

/** Enough rows that reading all of them would be slower. Few images expire, and few removals are unfinished. */
async function makeRows({ orm }: PostgresDatabase): Promise<void> {
  await orm.execute(`
    INSERT INTO images (id, owner, name, format, bytes, width, height, pages, has_alpha, orientation, color_space, has_profile,
      depth, sha256, dominant_color, placeholder, tags, metadata, revision, generation, created_at, updated_at, expires_at)
    SELECT md5(n::text), '', 'image ' || n, 'jpeg', 50000, 640, 480, 1, false, 1, 'srgb', false, 'uchar',
      md5(n::text) || md5((-n)::text), '#804020', '1QcSHQRnh493V4dIh4eXh1h4kJUI', '[]', '{}', 1, 0, 1700000000000 + n * 50, 0,
      CASE WHEN n % 100 = 0 THEN 1900000000000 + n END FROM generate_series(1, 20000) AS n`);
  await orm.execute(`
    INSERT INTO deleted_images (id, owner, sha256, image, deleted_at, expires_at)
    SELECT 'deleted ' || id, '', sha256,
      json_build_object('tags', '[]', 'metadata', '{}', 'placeholder', repeat('x', 500))::text,
      created_at, expires_at FROM images`);
  await orm.execute(`
    INSERT INTO removals (key, digest, removed_at, is_done)
    SELECT id, sha256, created_at, created_at % 7 < 6 FROM images`);
  await orm.execute("ANALYZE");
}
