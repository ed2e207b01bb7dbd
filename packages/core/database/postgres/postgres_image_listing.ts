import { and, eq, gt, isNotNull, isNull, lte, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { PostgresTime } from "./postgres_clock.ts";
import { constant } from "./postgres_constant.ts";
import type { PostgresDatabase } from "./postgres_database.ts";
import { IMAGE_COLUMNS } from "./postgres_image_columns.ts";
import { images, imageTags } from "./postgres_schema.ts";
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

/** Listings of images in Postgres. */
export class PostgresImageListing implements ListingStatements {
  readonly #database: PostgresDatabase;
  readonly #time: PostgresTime;
  readonly #owner: string;

  constructor(database: PostgresDatabase, time: PostgresTime, owner = "") {
    this.#database = database;
    this.#time = time;
    this.#owner = owner;
  }

  async images(query: ListQuery, plan: ListingPlan): Promise<readonly Image[]> {
    if (asksForNul(query)) return [];
    const walk = this.#walkOf(query, plan);
    const where = and(walk.where, ...othersHold(query, plan, holdsFor(walk, this.#owner)), this.#isLive());
    const selected = this.#database.orm.select({ image: IMAGE_COLUMNS });
    const listed = walk.byTag
      ? selected.from(imageTags).innerJoin(images, eq(images.id, imageTags.imageId))
      : selected.from(images);
    const rows = await this.#database.read(() =>
      listed
        .where(where)
        .orderBy(...orderOf(query, walk))
        .limit(constant(query.limit)),
    );
    return rows.map((row) => fromRow(row.image));
  }

  async count(query: ListQuery, plan: ListingPlan): Promise<number> {
    const walk = this.#walkOf(query, plan);
    // Expired images are few, because the sweep deletes them.
    const expired = this.#database.orm
      .select({ id: images.id })
      .from(images)
      .where(and(isNotNull(images.expiresAt), lte(images.expiresAt, this.#time.now())));
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
    const [row] = await this.#database.read(() =>
      this.#database.orm
        .select({ value: sql<number>`${walk.value}`.mapWith(Number), id: sql<string>`${walk.id}` })
        .from(walk.byTag ? imageTags : images)
        .where(walk.where)
        .orderBy(...orderOf(query, walk))
        .limit(constant(1))
        .offset(constant(number - 1)),
    );
    return row ?? null;
  }

  async #countEntries(query: ListQuery, walk: Walk, where?: SQL): Promise<number> {
    if (asksForNul(query)) return 0;
    const entries = this.#database.orm
      .select({ one: sql`1`.as("one") })
      .from(walk.byTag ? imageTags : images)
      .where(and(walk.where, where))
      .orderBy(...orderOf(query, walk))
      .limit(constant(query.limit))
      .as("entries");
    const [row] = await this.#database.read(() =>
      this.#database.orm.select({ count: sql<number>`count(*)`.mapWith(Number) }).from(entries),
    );
    return row?.count ?? 0;
  }

  #walkOf(query: ListQuery, plan: ListingPlan): Walk {
    const condition = conditionsOf(query)[plan.lead];
    const byTag = condition?.kind === "tag";
    const value = byTag ? imageTags.createdAt : images[query.order];
    const id = byTag ? imageTags.imageId : images.id;
    return {
      byTag,
      value,
      id,
      where: and(leads(condition, this.#owner), ...withinBounds(query, plan, { value, id })),
    };
  }

  #isLive(): SQL | undefined {
    return or(isNull(images.expiresAt), gt(images.expiresAt, this.#time.now()));
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
      return and(eq(images.owner, owner), eq(images.format, condition.value));
    default:
      return eq(images.owner, owner);
  }
}

/** Returns SQL for each other condition. Looks up each entry in the index of the condition. */
function holdsFor({ value, id }: Walk, owner: string): (condition: ListCondition) => SQL {
  return ({ kind, value: wanted }) => {
    const ofTag = sql`${imageTags} as other where other.tag = ${wanted} and other.image_id = ${id}`;
    const ofImage = sql`${images} as other where other.${sql.identifier(kind)} = ${wanted} and other.id = ${id}`;
    return sql`(select true from ${kind === "tag" ? ofTag : ofImage} and other.owner = ${owner} and other.created_at = ${value} limit 1)`;
  };
}

/** Returns whether a query contains a NUL. Texts in Postgres have none, so nothing equals or begins with one, and no page ends at one. */
function asksForNul({ format, metadata = {}, tag, sha256, namePrefix, after }: ListQuery): boolean {
  return [format, sha256, namePrefix, after?.value, tag, Object.values(metadata)]
    .flat()
    .some((text) => typeof text === "string" && text.includes("\0"));
}
