import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export const images = sqliteTable(
  "images",
  {
    id: text("id").primaryKey(),
    owner: text("owner").notNull(),
    name: text("name").notNull(),
    format: text("format").notNull(),
    bytes: integer("bytes").notNull(),
    width: integer("width").notNull(),
    height: integer("height").notNull(),
    pages: integer("pages").notNull(),
    hasAlpha: integer("has_alpha", { mode: "boolean" }).notNull(),
    orientation: integer("orientation").notNull(),
    colorSpace: text("color_space").notNull(),
    hasProfile: integer("has_profile", { mode: "boolean" }).notNull(),
    depth: text("depth").notNull(),
    sha256: text("sha256").notNull(),
    dominantColor: text("dominant_color").notNull(),
    /** A ThumbHash. The JSON of deleted images uses the same name. */
    placeholder: text("placeholder").notNull(),
    /** JSON. Text in both dialects, so that rows are equal. */
    tags: text("tags").notNull(),
    /** JSON. */
    metadata: text("metadata").notNull(),
    focalX: real("focal_x"),
    focalY: real("focal_y"),
    revision: integer("revision").notNull(),
    generation: integer("generation").notNull(),
    idempotencyKey: text("idempotency_key"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** The request that the idempotency key stands for, apart from the bytes; null if only the bytes count. */
    idempotencyRequest: text("idempotency_request"),
    durationMs: integer("duration_ms"),
    expiresAt: integer("expires_at"),
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
export const deletedImages = sqliteTable(
  "deleted_images",
  {
    id: text("id").primaryKey(),
    owner: text("owner").notNull(),
    sha256: text("sha256").notNull(),
    /** JSON: its former row in `images`. */
    image: text("image").notNull(),
    deletedAt: integer("deleted_at").notNull(),
    expiresAt: integer("expires_at"),
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

export const imageTags = sqliteTable(
  "image_tags",
  {
    owner: text("owner").notNull(),
    tag: text("tag").notNull(),
    createdAt: integer("created_at").notNull(),
    imageId: text("image_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.owner, table.tag, table.createdAt, table.imageId] }),
    index("image_tags_by_image").on(table.imageId),
  ],
);

/** Metadata keys whose values are stored as tags of all images that have them. */
export const metadataKeys = sqliteTable("metadata_keys", { key: text("key").primaryKey() });

export const blobs = sqliteTable(
  "blobs",
  {
    digest: text("digest").primaryKey(),
    key: text("key").notNull(),
    /** Since when it may have no image; null while it certainly has one, and once it is condemned. */
    idleSince: integer("idle_since"),
    condemnedAt: integer("condemned_at"),
    /** Since when its bytes are known to be missing or not to match the digest; null while they are right. */
    damagedAt: integer("damaged_at"),
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
export const removals = sqliteTable(
  "removals",
  {
    key: text("key").primaryKey(),
    digest: text("digest").notNull(),
    removedAt: integer("removed_at").notNull(),
    /** Whether the store no longer has the bytes. */
    isDone: integer("is_done", { mode: "boolean" }).notNull(),
  },
  (table) => [
    index("removals_by_removed_at").on(table.removedAt, table.key),
    index("removals_by_digest").on(table.digest),
    index("removals_to_do")
      .on(table.removedAt)
      .where(sql`is_done = 0`),
  ],
);

/** The installation that this database belongs to: one row, named `this`. */
export const installations = sqliteTable("installations", {
  name: text("name").primaryKey(),
  id: text("id").notNull(),
  /** Increased here and then in the store, so that the older of two states is known. */
  counter: integer("counter").notNull(),
  /** Why sweeps are paused; null if they are not. */
  pause: text("pause"),
  /** The number of blobs quarantined since the sweep last began at the first shard of the store. */
  strays: integer("strays").notNull(),
  /** The key that the scrub has reached. */
  scrubbedTo: text("scrubbed_to").notNull(),
});

/** Purges of derivatives, by the owner of the images. */
export const purges = sqliteTable("purges", {
  owner: text("owner").primaryKey(),
  /** When all of the owner's images were purged; 0 if never. A larger value replaces an image's generation. */
  purgedAt: integer("purged_at").notNull(),
  /** The time of the latest purge of any kind. The next one gets a later time, even if the clock has not advanced. */
  latestAt: integer("latest_at").notNull(),
});

export const leases = sqliteTable("leases", {
  name: text("name").primaryKey(),
  holder: text("holder").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

export const jobs = sqliteTable(
  "jobs",
  {
    id: text("id").primaryKey(),
    owner: text("owner").notNull(),
    status: text("status").notNull(),
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
    createdAt: integer("created_at").notNull(),
    startedAt: integer("started_at"),
    finishedAt: integer("finished_at"),
    expiresAt: integer("expires_at"),
    lifetime: integer("lifetime").notNull(),
    run: integer("run").notNull(),
    isExpanded: integer("is_expanded", { mode: "boolean" }).notNull(),
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

export const jobItems = sqliteTable(
  "job_items",
  {
    jobId: text("job_id").notNull(),
    place: integer("place").notNull(),
    source: text("source").notNull(),
    status: text("status").notNull(),
    results: text("results").notNull(),
    problem: text("problem"),
  },
  (table) => [
    primaryKey({ columns: [table.jobId, table.place] }),
    index("job_items_by_status").on(table.jobId, table.status, table.place),
  ],
);

/** Blobs that were received for a job and are not images yet. A blob without a row here belongs to no job. */
export const stagedBlobs = sqliteTable(
  "staged_blobs",
  {
    key: text("key").primaryKey(),
    jobId: text("job_id").notNull(),
  },
  (table) => [index("staged_blobs_by_job").on(table.jobId)],
);

export const jobTasks = sqliteTable(
  "job_tasks",
  {
    id: text("id").primaryKey(),
    kind: text("kind").notNull(),
    payload: text("payload").notNull(),
    priority: integer("priority").notNull(),
    /** Lines of one priority take turns. */
    line: text("line").notNull().default(""),
    /** Lower goes first. */
    turn: integer("turn").notNull().default(0),
    attempt: integer("attempt").notNull(),
    isHeld: integer("is_held", { mode: "boolean" }).notNull(),
    /** Whether it can be taken now. Otherwise it becomes ready at `availableAt`. */
    isReady: integer("is_ready", { mode: "boolean" }).notNull().default(false),
    /** When it can be taken. While it is held, this is the end of its lease. */
    availableAt: integer("available_at").notNull(),
  },
  (table) => [
    index("job_tasks_ready")
      .on(table.priority, table.turn)
      .where(sql`is_ready = 1`),
    index("job_tasks_held")
      .on(table.priority, table.turn)
      .where(sql`is_held = 1`),
    index("job_tasks_due")
      .on(table.availableAt)
      .where(sql`is_ready = 0`),
    index("job_tasks_by_line").on(table.priority, table.line, table.turn),
  ],
);
