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
    /** A ThumbHash. Rows of deleted images have this name for it too. */
    placeholder: text("placeholder").notNull(),
    /** JSON. Text in both dialects, so that rows look the same. */
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
    /** What the idempotency key stands for, besides the bytes; null where only these count. */
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
    /** JSON: the row that it had among the images. */
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

/** Keys of metadata that are among the tags of all images that have them. */
export const metadataKeys = sqliteTable("metadata_keys", { key: text("key").primaryKey() });

export const blobs = sqliteTable(
  "blobs",
  {
    digest: text("digest").primaryKey(),
    key: text("key").notNull(),
    /** Since when no image may refer to it; null while one surely does, and once it is condemned. */
    idleSince: integer("idle_since"),
    condemnedAt: integer("condemned_at"),
    /** Since when its bytes are known to be missing from the store, or others than its digest says; null while they are right. */
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

/** Blobs that were struck off for good. Their bytes go next, wherever copies of them are. */
export const removals = sqliteTable(
  "removals",
  {
    key: text("key").primaryKey(),
    digest: text("digest").notNull(),
    removedAt: integer("removed_at").notNull(),
    /** Whether the store has them no more. */
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
  /** Raised here and then in the store, so that the older of two states is known. */
  counter: integer("counter").notNull(),
  /** Why nothing is swept; null while it is. */
  pause: text("pause"),
  /** Blobs that were set aside since the sweep last began with the first part of the store. */
  strays: integer("strays").notNull(),
  /** The key that the scrub has reached. */
  scrubbedTo: text("scrubbed_to").notNull(),
});

/** Purges of what was rendered, by whose images they are for. */
export const purges = sqliteTable("purges", {
  owner: text("owner").primaryKey(),
  /** When all of the owner's images were purged; 0 if never. Where it is larger, it is an image's generation. */
  purgedAt: integer("purged_at").notNull(),
  /** The time of the latest purge of any kind: the next one has a later time, whatever the clock says. */
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
    /** JSON, as is all that has more than one part. */
    sources: text("sources").notNull(),
    /** The ids or URLs of which items are still to be made; null if there are none. */
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
    /** Items that are not settled yet, as far as they are known; 0 once it has ended. */
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

/** Bytes that were taken in for a job and are no image yet. What is not here is nobody's. */
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
    /** Whether it can be taken. One that cannot will be as soon as its time has come. */
    isReady: integer("is_ready", { mode: "boolean" }).notNull().default(false),
    /** When it can be taken: while it is held, when its lease runs out. */
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
