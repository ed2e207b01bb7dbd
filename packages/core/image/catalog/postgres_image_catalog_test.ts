import { describe, expect, test } from "bun:test";
import { blobOwnerContract } from "../../blob/blob_owner_contract.ts";
import type { OwnedDigest } from "../../blob/blob_ledger.ts";
import { PostgresBlobLedger } from "../../blob/postgres_blob_ledger.ts";
import { removalRecordContract } from "../../blob/removal_record_contract.ts";
import { PostgresRemovalRecord } from "../../blob/postgres_removal_record.ts";
import { timeOf } from "../../database/postgres/postgres_clock.ts";
import { PostgresDatabase } from "../../database/postgres/postgres_database.ts";
import { sharedPostgres } from "../../database/postgres/testing_postgres.ts";
import { expectIndexes } from "../../database/postgres/testing_postgres_indexes.ts";
import { lendPostgresDatabase } from "../../database/postgres/testing_postgres_database.ts";
import { strikeOff } from "../../database/postgres/postgres_strike_off.ts";
import { PostgresUsageRecords } from "../../tenant/postgres_usage_records.ts";
import { usageRecordsContract } from "../../tenant/usage_records_contract.ts";
import { deletedImagesContract } from "../deleted/deleted_images_contract.ts";
import { imageCatalogContract, type MakeCatalog } from "./image_catalog_contract.ts";
import { otherOwnerContract } from "./other_owner_contract.ts";
import { imageFixture } from "../image_fixture.ts";
import { conditionsOf } from "./list_conditions.ts";
import { offeredPlans } from "./offered_queries.ts";
import { PostgresDeletedImages } from "../deleted/postgres_deleted_images.ts";
import { PostgresImageCatalog } from "./postgres_image_catalog.ts";
import { PostgresImageListing } from "../../database/postgres/postgres_image_listing.ts";

const server = await sharedPostgres();

describe.skipIf(!server)("on PostgreSQL", () => {
  const makeCatalog: MakeCatalog = async (now) => {
    const lent = await lendPostgresDatabase();
    return {
      catalog: new PostgresImageCatalog(lent.database, now),
      deleted: new PostgresDeletedImages(lent.database, now),
      ledger: new PostgresBlobLedger(lent.database, now),
      removals: new PostgresRemovalRecord(lent.database),
      usage: new PostgresUsageRecords(lent.database),
      [Symbol.asyncDispose]: () => lent[Symbol.asyncDispose](),
    };
  };

  imageCatalogContract("PostgresImageCatalog", makeCatalog);
  otherOwnerContract("PostgresImageCatalog", makeCatalog);
  deletedImagesContract("PostgresDeletedImages", makeCatalog);
  usageRecordsContract("PostgresUsageRecords", makeCatalog);
  removalRecordContract("PostgresRemovalRecord", makeCatalog);
  blobOwnerContract("PostgresBlobLedger", makeCatalog);

  test("PostgresImageListing reads, counts and bounds every allowed query by an index, without sorting", async () => {
    await using lent = await lendPostgresDatabase();
    const { database, log } = lent;
    await makeRows(database);
    const listing = new PostgresImageListing(database, timeOf(database, undefined));
    // Expired images are looked up once. Other conditions filter the one index row of an entry.
    const except = /Filter: .*SubPlan|Filter: \(\(?(?:format|sha256|tag) = /;
    for (const { query, plan } of offeredPlans()) {
      await expectIndexes(database, await log.of(() => listing.images(query, plan)), { except });
      if (query.after) continue;
      await expectIndexes(database, await log.of(() => listing.count(query, plan)), { except });
      if (conditionsOf(query).length > 2) continue;
      await expectIndexes(database, await log.of(() => listing.size(query, plan.lead)));
      // For a table of this size, a plan would sort a few thousand rows.
      await expectIndexes(database, await log.of(() => listing.placeOf(query, plan.lead, 50)));
    }
  }, 120_000);

  test("PostgresImageCatalog finds one image, several and images to purge by an index", async () => {
    await using lent = await lendPostgresDatabase();
    const { database, log } = lent;
    await makeRows(database);
    const catalog = new PostgresImageCatalog(database);
    const ids = [imageFixture().id, imageFixture().id];
    const ofOwner = { except: /Filter: \(owner = / };
    await expectIndexes(database, await log.of(() => catalog.find(imageFixture().id)), ofOwner);
    await expectIndexes(database, await log.of(() => catalog.findMany(ids)));
    await expectIndexes(database, await log.of(() => catalog.purge(ids), /"images"/));
  });

  test("PostgresBlobLedger and strikeOff() find blobs and their images by an index", async () => {
    await using lent = await lendPostgresDatabase();
    const { database, log } = lent;
    await makeRows(database);
    const ledger = new PostgresBlobLedger(database).of("one");
    const images = Array.from({ length: 100 }, () => imageFixture({ owner: "one" }));
    const contents = images.map(({ owner, sha256 }) => ({ owner, digest: sha256 }));
    const [{ digest }] = contents as [OwnedDigest];
    await expectIndexes(database, await log.of(() => ledger.touch(digest)));
    await expectIndexes(database, await log.of(() => ledger.images("ab", 10)), { except: /Sort/ });
    await expectIndexes(database, await log.of(() => ledger.referenced([digest.slice(0, 32)])));
    await expectIndexes(database, await log.of(() => ledger.page(digest.slice(0, 2), { limit: 10 })), {
      except: /Sort/,
    });
    for (const some of [contents, contents.slice(0, 1)]) {
      const strike = () =>
        database.transaction((transaction) => strikeOff(database, transaction, { contents: some, now: 1 }));
      // The index of deleted images has digests only: few owners delete the same bytes.
      const except =
        /Sort|Filter: .*SubPlan|Filter: \(blobs\.owner = owner\)|Filter: \(owner = blobs\.owner\)/;
      await expectIndexes(database, await log.of(strike, /"blobs"/), { except });
    }
  });

  test("PostgresImageCatalog.add() needs no further statement for an owner without limits", async () => {
    await using lent = await lendPostgresDatabase();
    const image = imageFixture();
    const catalog = new PostgresImageCatalog(lent.database);
    const statements = await lent.log.of(() => catalog.add(image, { key: image.id, validUntil: Infinity }));
    expect(statements.map((statement) => statement.sql)).toEqual([
      expect.stringMatching(/^insert into "blobs"/),
      expect.stringMatching(/^insert into "images" .* from "usage" /),
    ]);
  });

  test("PostgresImageCatalog.list() sorts by bytes in every locale of the database", async () => {
    if (!server) return;
    await server.execute("CREATE DATABASE in_english TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'");
    await using database = new PostgresDatabase(server.url("in_english"));
    await database.migrate();
    const [row] = await database.orm.execute("SELECT 'a' < 'B' AS is_english");
    expect(row).toEqual({ is_english: true });
    const catalog = new PostgresImageCatalog(database);
    for (const name of ["a", "B", "ä", "_", "Z"]) {
      const image = imageFixture({ name, tags: [name], format: "png" });
      await catalog.add(image, { key: image.id, validUntil: Infinity });
    }
    const listed = await catalog.list({ order: "name", descending: false, limit: 10 });
    expect(listed.map(({ name }) => name)).toEqual(["B", "Z", "_", "a", "ä"]);
  });

  test("PostgresImageCatalog.list() finds nothing by characters that Postgres text cannot hold", async () => {
    await using lent = await lendPostgresDatabase();
    const catalog = new PostgresImageCatalog(lent.database);
    const query = { order: "name", descending: false, limit: 1 } as const;
    expect(await catalog.list({ ...query, namePrefix: "\0" })).toEqual([]);
    expect(await catalog.list({ ...query, after: { value: "a\0", id: imageFixture().id } })).toEqual([]);
  });
});

/** Enough rows that reading all of them would be slower. Formats, tags and digests are distributed unevenly, as in real data. */
async function makeRows({ orm }: PostgresDatabase): Promise<void> {
  await orm.execute(`
    INSERT INTO images (id, owner, name, format, bytes, width, height, pages, has_alpha, orientation, color_space, has_profile,
      depth, sha256, dominant_color, placeholder, tags, metadata, revision, generation, created_at, updated_at)
    SELECT md5(n::text), '', 'image ' || n, (ARRAY['jpeg', 'jpeg', 'jpeg', 'jpeg', 'webp', 'png'])[1 + n % 6], 50000 + n % 1000,
      640, 480, 1, false, 1, 'srgb', false, 'uchar', md5(n::text) || md5((-n)::text), '#804020', '1QcSHQRnh493V4dIh4eXh1h4kJUI',
      '[]', '{}', 1, 0, 1700000000000 + n * 50, 1700000000000 + n * 50 FROM generate_series(1, 20000) AS n`);
  await orm.execute(`
    INSERT INTO image_tags (owner, tag, created_at, image_id)
    SELECT '', (ARRAY['a', 'b'])[1 + n % 2], 1700000000000 + n * 50, md5(n::text) FROM generate_series(1, 20000) AS n`);
  await orm.execute("INSERT INTO blobs (digest, key) SELECT sha256, id FROM images");
  await orm.execute("ANALYZE");
}
