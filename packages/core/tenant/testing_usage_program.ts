import { newBlobKey } from "../blob/blob_store.ts";
import { PostgresDatabase } from "../database/postgres/postgres_database.ts";
import { SqliteDatabase } from "../database/sqlite/sqlite_database.ts";
import { PostgresImageCatalog } from "../image/catalog/postgres_image_catalog.ts";
import { SqliteImageCatalog } from "../image/catalog/sqlite_image_catalog.ts";
import { PostgresDeletedImages } from "../image/deleted/postgres_deleted_images.ts";
import { SqliteDeletedImages } from "../image/deleted/sqlite_deleted_images.ts";
import { imageFixture } from "../image/image_fixture.ts";

// Adds, deletes, restores, erases and releases images of an owner until it is killed. Prints a line after each step.
const [, , place = "", owner = ""] = process.argv;
const { catalog, deleted } = openCatalog();

/** Work at a time, so that some is always in progress when the process is killed. */
const AT_A_TIME = 8;

await Promise.all(Array.from({ length: AT_A_TIME }, work));

async function work(): Promise<void> {
  for (;;) {
    const ids: string[] = [];
    for (let bytes = 1; bytes < 4_000; bytes *= 7) ids.push(await add(bytes));
    await step(catalog.removeMany(ids.slice(1)));
    await step(deleted.restore(ids.slice(3), 0));
    await step(deleted.erase(ids.slice(0, 3)));
    if (Math.random() < 0.2) await step(deleted.release(Date.now(), 3));
  }
}

async function add(bytes: number): Promise<string> {
  const image = imageFixture({ owner, bytes });
  await step(catalog.add(image, { key: newBlobKey(image.sha256), validUntil: Number.MAX_SAFE_INTEGER }));
  return image.id;
}

async function step(done: Promise<unknown>): Promise<void> {
  await done;
  console.log("step");
}

function openCatalog() {
  if (place.startsWith("postgres")) {
    const database = new PostgresDatabase(place);
    return {
      catalog: new PostgresImageCatalog(database).of(owner),
      deleted: new PostgresDeletedImages(database).of(owner),
    };
  }
  const database = new SqliteDatabase(place);
  return {
    catalog: new SqliteImageCatalog(database).of(owner),
    deleted: new SqliteDeletedImages(database).of(owner),
  };
}
