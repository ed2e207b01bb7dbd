import { join } from "node:path";
import { SqliteDatabase } from "@progimage/core/adapters";

/** Spreads numbers over 64 bits as digests are spread: the golden ratio as a fraction. @see Knuth, TAOCP 3, 6.4 */
const SPREAD = 7_046_029_254_386_353_131n;

/** When the first of them was made. */
const FIRST_TIME = 1_700_000_000_000;

/** Makes a catalog of so many images in a folder, in a few statements. None of them has bytes. */
export function makeManyRows(dataDir: string, count: number): void {
  using database = new SqliteDatabase(join(dataDir, "db", "progimage.sqlite"));
  database.migrate();
  const { orm } = database;
  orm.run("PRAGMA synchronous = OFF");
  const rows = `WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count - 1}),
    rows AS (SELECT n, ${FIRST_TIME} + n * 1000 AS time,
      printf('%016x%016x%016x%016x', n * ${SPREAD}, n * ${SPREAD} + n, n, n) AS digest FROM numbers)`;
  const id = `printf('%s-%s-7000-8000-%012x', substr(printf('%012x', time), 1, 8), substr(printf('%012x', time), 9), n)`;
  const columns = {
    id,
    owner: "''",
    name: "'image ' || n",
    format: "'jpeg'",
    bytes: "50000 + n % 1000",
    width: "640",
    height: "480",
    pages: "1",
    has_alpha: "0",
    orientation: "1",
    color_space: "'srgb'",
    has_profile: "0",
    depth: "'uchar'",
    sha256: "digest",
    dominant_color: "'#804020'",
    placeholder: "'1QcSHQRnh493V4dIh4eXh1h4kJUI'",
    tags: "iif(n % 10 = 0, '[\"tenth\"]', '[]')",
    metadata: "'{}'",
    revision: "1",
    generation: "0",
    created_at: "time",
    updated_at: "time",
  };
  const [names, values] = [Object.keys(columns), Object.values(columns)].map((list) => list.join(", "));
  orm.run(`${rows} INSERT INTO blobs (digest, key) SELECT digest, digest || '-' || ${id} FROM rows`);
  orm.run(`${rows} INSERT INTO images (${names}) SELECT ${values} FROM rows`);
  orm.run(
    `${rows} INSERT INTO image_tags (owner, tag, created_at, image_id) SELECT '', 'tenth', time, ${id} FROM rows WHERE n % 10 = 0`,
  );
  // As the sweep of a running server would have it after a while.
  orm.run("PRAGMA optimize");
  orm.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** Gives the id of one of these images. */
export function idOfRow(number: number): string {
  const time = (FIRST_TIME + number * 1000).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number.toString(16).padStart(12, "0")}`;
}
