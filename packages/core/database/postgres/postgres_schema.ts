import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";

/** Text in byte order, as in SQLite. Pages have the same order in both, and an index finds prefixes. */
const key = customType<{ data: string }>({ dataType: () => 'text collate "C"' });

/** A time in milliseconds since 1970, or a number of bytes. */
const large = (name: string) => bigint(name, { mode: "number" });

export const images = pgTable(
  "images",
  {
    id: key("id").primaryKey(),
    owner: key("owner").notNull(),
    name: key("name").notNull(),
    format: key("format").notNull(),
    bytes: large("bytes").notNull(),
    width: integer("width").notNull(),
    height: integer("height").notNull(),
    pages: integer("pages").notNull(),
    hasAlpha: boolean("has_alpha").notNull(),
    orientation: integer("orientation").notNull(),
    colorSpace: text("color_space").notNull(),
    hasProfile: boolean("has_profile").notNull(),
    depth: text("depth").notNull(),
    sha256: key("sha256").notNull(),
    dominantColor: text("dominant_color").notNull(),
    /** A ThumbHash. The JSON of deleted images uses the same name. */
    placeholder: text("placeholder").notNull(),
    /** JSON. Text in both dialects, so that rows are equal. */
    tags: text("tags").notNull(),
    /** JSON. */
    metadata: text("metadata").notNull(),
    focalX: doublePrecision("focal_x"),
    focalY: doublePrecision("focal_y"),
    revision: integer("revision").notNull(),
    generation: large("generation").notNull(),
    idempotencyKey: key("idempotency_key"),
    createdAt: large("created_at").notNull(),
    updatedAt: large("updated_at").notNull(),
    /** The request that the idempotency key stands for, apart from the bytes; null if only the bytes count. */
    idempotencyRequest: text("idempotency_request"),
    durationMs: large("duration_ms"),
    expiresAt: large("expires_at"),
  },
  (table) => [
    index("images_by_created_at").on(table.owner, table.createdAt, table.id),
    index("images_by_updated_at").on(table.owner, table.updatedAt, table.id),
    index("images_by_name").on(table.owner, table.name, table.id),
    index("images_by_bytes").on(table.owner, table.bytes, table.id),
    index("images_by_format").on(table.owner, table.format, table.createdAt, table.id),
    index("images_by_sha256").on(table.sha256, table.owner, table.createdAt, table.id),
    uniqueIndex("images_by_idempotency_key")
      .on(table.owner, table.idempotencyKey)
      .where(sql`idempotency_key is not null`),
    index("images_by_expires_at")
      .on(table.expiresAt)
      .where(sql`expires_at is not null`),
  ],
);

/** Images that were deleted and can be restored. Their blobs count as referenced. */
export const deletedImages = pgTable(
  "deleted_images",
  {
    id: key("id").primaryKey(),
    owner: key("owner").notNull(),
    sha256: key("sha256").notNull(),
    /** JSON: its former row in `images`. */
    image: text("image").notNull(),
    deletedAt: large("deleted_at").notNull(),
    expiresAt: large("expires_at"),
  },
  (table) => [
    index("deleted_images_by_owner").on(table.owner, table.deletedAt, table.id),
    index("deleted_images_by_deleted_at").on(table.deletedAt),
    index("deleted_images_by_sha256").on(table.sha256),
    index("deleted_images_by_expires_at")
      .on(table.expiresAt)
      .where(sql`expires_at is not null`),
  ],
);

export const imageTags = pgTable(
  "image_tags",
  {
    owner: key("owner").notNull(),
    tag: key("tag").notNull(),
    createdAt: large("created_at").notNull(),
    imageId: key("image_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.owner, table.tag, table.createdAt, table.imageId] }),
    index("image_tags_by_image").on(table.imageId),
  ],
);

/** Metadata keys whose values are stored as tags of all images that have them. */
export const metadataKeys = pgTable("metadata_keys", { key: key("key").primaryKey() });

export const blobs = pgTable(
  "blobs",
  {
    digest: key("digest").primaryKey(),
    key: key("key").notNull(),
    /** Since when it may have no image; null while it certainly has one, and once it is condemned. */
    idleSince: large("idle_since"),
    condemnedAt: large("condemned_at"),
    /** Since when its bytes are known to be missing or not to match the digest; null while they are right. */
    damagedAt: large("damaged_at"),
  },
  (table) => [
    uniqueIndex("blobs_by_key").on(table.key),
    index("blobs_by_idle_since")
      .on(table.idleSince)
      .where(sql`idle_since is not null`),
    index("blobs_by_condemned_at")
      .on(table.condemnedAt)
      .where(sql`condemned_at is not null`),
    index("blobs_by_damaged_at")
      .on(table.damagedAt)
      .where(sql`damaged_at is not null`),
  ],
);

/** Blobs that were permanently deleted from the ledger. Their bytes and all copies are removed next. */
export const removals = pgTable(
  "removals",
  {
    key: key("key").primaryKey(),
    digest: key("digest").notNull(),
    removedAt: large("removed_at").notNull(),
    /** Whether the store no longer has the bytes. */
    isDone: boolean("is_done").notNull(),
  },
  (table) => [
    index("removals_by_removed_at").on(table.removedAt, table.key),
    index("removals_by_digest").on(table.digest),
    index("removals_to_do")
      .on(table.removedAt)
      .where(sql`is_done = false`),
  ],
);

/** The installation that this database belongs to: one row, named `this`. */
export const installations = pgTable("installations", {
  name: key("name").primaryKey(),
  id: key("id").notNull(),
  /** Increased here and then in the store, so that the older of two states is known. */
  counter: large("counter").notNull(),
  /** Why sweeps are paused; null if they are not. */
  pause: text("pause"),
  /** The number of blobs quarantined since the sweep last began at the first shard of the store. */
  strays: integer("strays").notNull(),
  /** The key that the scrub has reached. */
  scrubbedTo: text("scrubbed_to").notNull(),
});

/** Purges of derivatives, by the owner of the images. */
export const purges = pgTable("purges", {
  owner: key("owner").primaryKey(),
  /** When all of the owner's images were purged; 0 if never. A larger value replaces an image's generation. */
  purgedAt: large("purged_at").notNull(),
  /** The time of the latest purge of any kind. The next one gets a later time, even if the clock has not advanced. */
  latestAt: large("latest_at").notNull(),
});

export const leases = pgTable("leases", {
  name: key("name").primaryKey(),
  holder: text("holder").notNull(),
  expiresAt: large("expires_at").notNull(),
});

export const jobs = pgTable(
  "jobs",
  {
    id: key("id").primaryKey(),
    owner: key("owner").notNull(),
    status: key("status").notNull(),
    /** JSON, like all columns with several values. */
    sources: text("sources").notNull(),
    /** The ids or URLs that have no items yet; null if there are none. */
    listed: text("listed"),
    outputs: text("outputs").notNull(),
    deliver: text("deliver").notNull(),
    priority: text("priority").notNull(),
    webhook: text("webhook"),
    attributes: text("attributes").notNull(),
    label: text("label"),
    metadata: text("metadata").notNull().default("{}"),
    total: integer("total"),
    succeeded: integer("succeeded").notNull(),
    failed: integer("failed").notNull(),
    problem: text("problem"),
    webhookDelivery: text("webhook_delivery"),
    createdAt: large("created_at").notNull(),
    startedAt: large("started_at"),
    finishedAt: large("finished_at"),
    expiresAt: large("expires_at"),
    lifetime: large("lifetime").notNull(),
    run: integer("run").notNull(),
    isExpanded: boolean("is_expanded").notNull(),
    expandedTo: integer("expanded_to").notNull(),
    cursor: text("cursor"),
    /** The number of known items that are not settled; 0 once the job has ended. */
    waiting: integer("waiting").notNull().default(0),
  },
  (table) => [
    index("jobs_by_created_at").on(table.owner, table.createdAt, table.id),
    index("jobs_by_status").on(table.owner, table.status, table.createdAt, table.id),
    index("jobs_by_expires_at")
      .on(table.expiresAt)
      .where(sql`expires_at is not null`),
    index("jobs_waiting")
      .on(table.owner, table.waiting)
      .where(sql`finished_at is null`),
  ],
);

export const jobItems = pgTable(
  "job_items",
  {
    jobId: key("job_id").notNull(),
    place: integer("place").notNull(),
    source: text("source").notNull(),
    status: key("status").notNull(),
    results: text("results").notNull(),
    problem: text("problem"),
  },
  (table) => [
    primaryKey({ columns: [table.jobId, table.place] }),
    index("job_items_by_status").on(table.jobId, table.status, table.place),
  ],
);

/** Blobs that were received for a job and are not images yet. A blob without a row here belongs to no job. */
export const stagedBlobs = pgTable(
  "staged_blobs",
  {
    key: key("key").primaryKey(),
    jobId: key("job_id").notNull(),
  },
  (table) => [index("staged_blobs_by_job").on(table.jobId)],
);
