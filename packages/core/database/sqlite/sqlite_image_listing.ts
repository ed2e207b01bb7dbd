import { and, eq, gt, isNotNull, isNull, lte, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { IMAGE_COLUMNS } from "./sqlite_image_columns.ts";
import { images, imageTags } from "./sqlite_schema.ts";
import { orderOf, othersHold, type ScannedColumns, withinBounds } from "../listing_scan.ts";
import type { Image } from "../../image/image.ts";
import type { ListPosition, ListQuery } from "../../image/catalog/image_catalog.ts";
import { fromRow } from "../../image/catalog/image_row.ts";
import { conditionsOf, type ListCondition } from "../../image/catalog/list_conditions.ts";
import type { ListingPlan, ListingStatements } from "../../image/catalog/scan_listing.ts";

/** The index scan of a listing. */
interface Walk extends ScannedColumns {
  /** Whether the scan uses the table of tags, whose index is in the order of the page. */
  readonly byTag: boolean;
  readonly where: SQL | undefined;
}

/** Listings of images in SQLite. */
export class SqliteImageListing implements ListingStatements {
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #owner: string;

  constructor(database: SqliteDatabase, now: () => number, owner = "") {
    this.#database = database;
    this.#now = now;
    this.#owner = owner;
  }

  async images(query: ListQuery, plan: ListingPlan): Promise<readonly Image[]> {
    const walk = this.#walkOf(query, plan);
    const where = and(walk.where, ...othersHold(query, plan, holdsFor(walk, this.#owner)), this.#isLive());
    const selected = this.#database.orm.select({ image: IMAGE_COLUMNS });
    // A cross join keeps SQLite from starting with the other table.
    const listed = walk.byTag
      ? selected
          .from(imageTags)
          .crossJoin(images)
          .where(and(eq(images.id, imageTags.imageId), where))
      : selected.from(images).where(where);
    const rows = await this.#database.run(() =>
      listed
        .orderBy(...orderOf(query, walk))
        .limit(query.limit)
        .all(),
    );
    return rows.map((row) => fromRow(row.image));
  }

  async count(query: ListQuery, plan: ListingPlan): Promise<number> {
    const walk = this.#walkOf(query, plan);
    // Expired images are few, because the sweep deletes them.
    const expired = this.#database.orm
      .select({ id: images.id })
      .from(images)
      .where(and(isNotNull(images.expiresAt), lte(images.expiresAt, this.#now())));
    const isLive = notInArray(walk.id, expired);
    return await this.#countEntries(
      query,
      walk,
      and(...othersHold(query, plan, holdsFor(walk, this.#owner)), isLive),
    );
  }

  async size(query: ListQuery, lead: number): Promise<number> {
    return await this.#countEntries(query, this.#walkOf(query, { lead }));
  }

  async placeOf(query: ListQuery, lead: number, number: number): Promise<ListPosition | null> {
    const walk = this.#walkOf(query, { lead });
    const row = await this.#database.run(() =>
      this.#database.orm
        .select({ value: sql<number>`${walk.value}`.mapWith(Number), id: sql<string>`${walk.id}` })
        .from(walk.byTag ? imageTags : images)
        .where(walk.where)
        .orderBy(...orderOf(query, walk))
        .limit(1)
        .offset(number - 1)
        .get(),
    );
    return row ?? null;
  }

  async #countEntries(query: ListQuery, walk: Walk, where?: SQL): Promise<number> {
    const entries = this.#database.orm
      .select({ one: sql`1`.as("one") })
      .from(walk.byTag ? imageTags : images)
      .where(and(walk.where, where))
      .orderBy(...orderOf(query, walk))
      .limit(query.limit)
      .as("entries");
    const row = await this.#database.run(() =>
      this.#database.orm
        .select({ count: sql<number>`count(*)`.mapWith(Number) })
        .from(entries)
        .get(),
    );
    return row?.count ?? 0;
  }

  #walkOf(query: ListQuery, plan: ListingPlan): Walk {
    const condition = conditionsOf(query)[plan.lead];
    const byTag = condition?.kind === "tag";
    const value = byTag ? imageTags.createdAt : images[query.order];
    const id = byTag ? imageTags.imageId : images.id;
    // The unary plus keeps SQLite from using an index of times instead of the index of digests, which is more selective.
    const ranged = condition?.kind === "sha256" ? sql`+${value}` : value;
    return {
      byTag,
      value,
      id,
      where: and(leads(condition, this.#owner), ...withinBounds(query, plan, { value: ranged, id })),
    };
  }

  #isLive(): SQL | undefined {
    return or(isNull(images.expiresAt), gt(images.expiresAt, this.#now()));
  }
}

/** Returns SQL for the leading condition of a listing, which selects the entries to scan. */
function leads(condition: ListCondition | undefined, owner: string): SQL | undefined {
  switch (condition?.kind) {
    case "tag":
      return and(eq(imageTags.owner, owner), eq(imageTags.tag, condition.value));
    case "sha256":
      return and(eq(images.owner, owner), eq(images.sha256, condition.value));
    case "format":
      // Without the hint, SQLite prefers the index of times and reads the entries of all other formats.
      return and(eq(images.owner, owner), sql`unlikely(${eq(images.format, condition.value)})`);
    default:
      return eq(images.owner, owner);
  }
}

/** Returns SQL for each other condition. Looks up each entry in the index of the condition. */
function holdsFor({ value, id }: Walk, owner: string): (condition: ListCondition) => SQL {
  return ({ kind, value: wanted }) => {
    const ofTag = sql`${imageTags} as other where other.tag = ${wanted} and other.image_id = ${id}`;
    const ofImage = sql`${images} as other indexed by ${sql.identifier(`images_by_${kind}`)} where other.${sql.identifier(kind)} = ${wanted} and other.id = ${id}`;
    return sql`(select true from ${kind === "tag" ? ofTag : ofImage} and other.owner = ${owner} and other.created_at = ${value} limit 1)`;
  };
}
