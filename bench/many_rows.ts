import { join } from "node:path";
import type { InstallationRecord } from "@progimage/core";
import {
  FsStoreMark,
  PostgresDatabase,
  PostgresInstallationRecord,
  SqliteDatabase,
  SqliteInstallationRecord,
} from "@progimage/core/adapters";
import type { QueryParts } from "@progimage/core/testing";
import { SQL } from "bun";

/** The golden ratio as a fraction of 64 bits, which spreads numbers evenly, like digests. @see Knuth, TAOCP 3, 6.4 */
const SPREAD = 7_046_029_254_386_353_131n;

/** The time of the first row, in Unix milliseconds. */
const FIRST_TIME = 1_700_000_000_000;

/** Rows in each Postgres statement, so that no statement runs long. */
const CHUNK = 100_000;

/** Makes a catalog of many images in a data folder, with a few statements. No image has bytes. */
export async function makeManyRows(dataDir: string, count: number): Promise<void> {
  using database = new SqliteDatabase(join(dataDir, "db", "progimage.sqlite"));
  database.migrate();
  const { orm } = database;
  orm.run("PRAGMA synchronous = OFF");
  const source = `WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count - 1}),
    rows AS (SELECT n, ${FIRST_TIME} + n * 1000 AS time,
      printf('%016x%016x%016x%016x', n * ${SPREAD}, n * ${SPREAD} + n, n, n) AS digest FROM numbers)`;
  const id = `printf('%s-%s-7000-8000-%012x', substr(printf('%012x', time), 1, 8), substr(printf('%012x', time), 9), n)`;
  const { blobs, images, tags } = insertions({ source, id, no: "0" });
  orm.run(blobs);
  orm.run(images);
  orm.run(tags);
  // Brings the statistics to the state that the sweep of a running server reaches after a while.
  orm.run("PRAGMA optimize");
  orm.run("PRAGMA wal_checkpoint(TRUNCATE)");
  await identify(dataDir, new SqliteInstallationRecord(database));
}

/** Makes the same catalog in an empty Postgres database, for servers with a data folder. */
export async function makeManyPostgresRows(url: string, count: number, dataDir: string): Promise<void> {
  await using database = new PostgresDatabase(url);
  await database.migrate();
  await using client = new SQL(url, { max: 1 });
  const time = "lpad(to_hex(time), 12, '0')";
  const id = `left(${time}, 8) || '-' || substr(${time}, 9) || '-7000-8000-' || lpad(to_hex(n), 12, '0')`;
  for (let start = 0; start < count; start += CHUNK) {
    const last = Math.min(start + CHUNK, count) - 1;
    const wide = `(n::numeric * ${SPREAD} % 9223372036854775807)::bigint`;
    const hex = (number: string) => `lpad(to_hex(${number}), 16, '0')`;
    const source = `WITH rows AS (SELECT n, ${FIRST_TIME} + n * 1000 AS time,
      ${hex(wide)} || ${hex(`${wide} # n`)} || ${hex("n")} || ${hex("n")} AS digest
      FROM generate_series(${start}::bigint, ${last}::bigint) AS n)`;
    for (const statement of Object.values(insertions({ source, id, no: "false" })))
      await client.unsafe(statement);
  }
  // Brings the statistics to the state that autovacuum reaches after a while.
  await client.unsafe("VACUUM ANALYZE");
  await identify(dataDir, new PostgresInstallationRecord(database));
}

/** Makes a database and the empty store of a data folder belong together; otherwise a server would report the images as lost. */
async function identify(dataDir: string, installation: InstallationRecord): Promise<void> {
  const identity = await installation.adopt({ id: crypto.randomUUID(), counter: 1 });
  await new FsStoreMark(join(dataDir, "fs", "blobs")).write(identity);
}

/** Returns the id of one of these images. */
export function idOfRow(number: number): string {
  const time = (FIRST_TIME + number * 1000).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

/** Returns filters that match at least a tenth of the images, and cursors with more than twenty such images on both sides. */
export function partsOfRows(count: number, sha256: string): QueryParts {
  const middle = Math.floor(count * 0.55);
  const id = idOfRow(middle);
  const timeOf = (number: number) => FIRST_TIME + number * 1000;
  return {
    filters: {
      format: "png",
      tag: "tenth",
      tags: ["tenth", "fifth"],
      metadata: { sku: "1" },
      sha256,
      namePrefix: "image 5",
      createdFrom: timeOf(count / 5),
      createdBefore: timeOf((count / 5) * 4),
      updatedFrom: timeOf(count / 5),
    },
    places: {
      createdAt: { value: timeOf(middle), id },
      updatedAt: { value: timeOf(middle), id },
      name: { value: `image ${middle}`, id },
      bytes: { value: 50_000 + (middle % 1000), id },
    },
  };
}

interface Dialect {
  /** The SQL of the numbered rows. */
  readonly source: string;
  readonly id: string;
  readonly no: string;
}

function insertions({ source, id, no }: Dialect) {
  const columns = {
    id,
    owner: "''",
    name: "'image ' || n",
    format: "CASE n % 10 WHEN 1 THEN 'png' ELSE 'jpeg' END",
    bytes: "50000 + n % 1000",
    width: "640",
    height: "480",
    pages: "1",
    has_alpha: no,
    orientation: "1",
    color_space: "'srgb'",
    has_profile: no,
    depth: "'uchar'",
    sha256: "digest",
    dominant_color: "'#804020'",
    placeholder: "'1QcSHQRnh493V4dIh4eXh1h4kJUI'",
    tags: "CASE n % 10 WHEN 0 THEN '[\"tenth\"]' ELSE '[]' END",
    metadata: "'{}'",
    revision: "1",
    generation: "0",
    created_at: "time",
    updated_at: "time",
  };
  const [names, values] = [Object.keys(columns), Object.values(columns)].map((list) => list.join(", "));
  return {
    blobs: `${source} INSERT INTO blobs (digest, key) SELECT digest, digest || '-' || ${id} FROM rows`,
    images: `${source} INSERT INTO images (${names}) SELECT ${values} FROM rows`,
    tags: `${source} INSERT INTO image_tags (owner, tag, created_at, image_id) SELECT '', tag, time, ${id} FROM rows
      JOIN (SELECT 'tenth' AS tag, 10 AS step UNION ALL SELECT 'fifth', 5) AS tags ON n % step = 0`,
  };
}
