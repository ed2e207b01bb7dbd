import {
  BOOLEAN,
  defineTable,
  INTEGER,
  KEY,
  LARGE,
  nullable,
  REAL,
  TEXT,
  withDefault,
} from "./table_definition.ts";

/** The tables that SQLite and Postgres have in common. The schemas of both dialects are made from these definitions. */

export const IMAGES = defineTable({
  name: "images",
  columns: {
    id: KEY,
    owner: KEY,
    name: KEY,
    format: KEY,
    bytes: LARGE,
    width: INTEGER,
    height: INTEGER,
    pages: INTEGER,
    hasAlpha: BOOLEAN,
    orientation: INTEGER,
    colorSpace: TEXT,
    hasProfile: BOOLEAN,
    depth: TEXT,
    sha256: KEY,
    dominantColor: TEXT,
    /** A ThumbHash. The JSON of deleted images uses the same name. */
    placeholder: TEXT,
    /** JSON. Text in both dialects, so that rows are equal. */
    tags: TEXT,
    /** JSON. */
    metadata: TEXT,
    focalX: nullable(REAL),
    focalY: nullable(REAL),
    revision: INTEGER,
    generation: LARGE,
    idempotencyKey: nullable(KEY),
    createdAt: LARGE,
    updatedAt: LARGE,
    /** The request that the idempotency key stands for, apart from the bytes; null if only the bytes count. */
    idempotencyRequest: nullable(TEXT),
    durationMs: nullable(LARGE),
    /** JSON; null if there are none. */
    warnings: nullable(TEXT),
    expiresAt: nullable(LARGE),
    /** Null for images of versions without it, which are public. */
    private: nullable(BOOLEAN),
  },
  primaryKey: ["id"],
  indexes: {
    images_by_created_at: { on: ["owner", "createdAt", "id"] },
    images_by_updated_at: { on: ["owner", "updatedAt", "id"] },
    images_by_name: { on: ["owner", "name", "id"] },
    images_by_bytes: { on: ["owner", "bytes", "id"] },
    images_by_format: { on: ["owner", "format", "createdAt", "id"] },
    images_by_sha256: { on: ["sha256", "owner", "createdAt", "id"] },
    images_by_idempotency_key: {
      on: ["owner", "idempotencyKey"],
      isUnique: true,
      where: { column: "idempotencyKey", is: "not null" },
    },
    images_by_expires_at: { on: ["expiresAt"], where: { column: "expiresAt", is: "not null" } },
  },
});

/** Images that were deleted and can be restored. Their blobs count as referenced. */
export const DELETED_IMAGES = defineTable({
  name: "deleted_images",
  columns: {
    id: KEY,
    owner: KEY,
    sha256: KEY,
    /** JSON: its former row in `images`. */
    image: TEXT,
    deletedAt: LARGE,
    expiresAt: nullable(LARGE),
  },
  primaryKey: ["id"],
  indexes: {
    deleted_images_by_owner: { on: ["owner", "deletedAt", "id"] },
    deleted_images_by_deleted_at: { on: ["deletedAt"] },
    deleted_images_by_sha256: { on: ["sha256", "owner"] },
    deleted_images_by_expires_at: { on: ["expiresAt"], where: { column: "expiresAt", is: "not null" } },
  },
});

export const IMAGE_TAGS = defineTable({
  name: "image_tags",
  columns: { owner: KEY, tag: KEY, createdAt: LARGE, imageId: KEY },
  primaryKey: ["owner", "tag", "createdAt", "imageId"],
  indexes: { image_tags_by_image: { on: ["imageId"] } },
});

/** Metadata keys whose values are stored as tags of all images that have them. */
export const METADATA_KEYS = defineTable({
  name: "metadata_keys",
  columns: { key: KEY },
  primaryKey: ["key"],
});

/** Tenants share no bytes: each has a blob of its own for equal digests. */
export const BLOBS = defineTable({
  name: "blobs",
  columns: {
    digest: KEY,
    key: KEY,
    owner: withDefault(KEY, ""),
    /** Since when it may have no image; null while it certainly has one, and once it is condemned. */
    idleSince: nullable(LARGE),
    condemnedAt: nullable(LARGE),
    /** Since when its bytes are known to be missing or not to match the digest; null while they are right. */
    damagedAt: nullable(LARGE),
  },
  primaryKey: ["digest", "owner"],
  indexes: {
    blobs_by_key: { on: ["key"], isUnique: true },
    blobs_by_idle_since: { on: ["idleSince"], where: { column: "idleSince", is: "not null" } },
    blobs_by_condemned_at: { on: ["condemnedAt"], where: { column: "condemnedAt", is: "not null" } },
    blobs_by_damaged_at: { on: ["damagedAt"], where: { column: "damagedAt", is: "not null" } },
  },
});

/** Blobs that were permanently deleted from the ledger. Their bytes and all copies are removed next. */
export const REMOVALS = defineTable({
  name: "removals",
  columns: {
    key: KEY,
    digest: KEY,
    removedAt: LARGE,
    /** Whether the store no longer has the bytes. */
    isDone: BOOLEAN,
    owner: withDefault(KEY, ""),
  },
  primaryKey: ["key"],
  indexes: {
    removals_by_removed_at: { on: ["removedAt", "key"] },
    removals_by_digest: { on: ["digest"] },
    removals_to_do: { on: ["removedAt"], where: { column: "isDone", is: false } },
  },
});

/** The installation that this database belongs to: one row, named `this`. */
export const INSTALLATIONS = defineTable({
  name: "installations",
  columns: {
    name: KEY,
    id: KEY,
    /** Increased here and then in the store, so that the older of two states is known. */
    counter: LARGE,
    /** Why sweeps are paused; null if they are not. */
    pause: nullable(TEXT),
    /** The number of blobs quarantined since the sweep last began at the first shard of the store. */
    strays: INTEGER,
    /** The key that the scrub has reached. */
    scrubbedTo: TEXT,
  },
  primaryKey: ["name"],
});

/** Purges of derivatives, by the owner of the images. */
export const PURGES = defineTable({
  name: "purges",
  columns: {
    owner: KEY,
    /** When all of the owner's images were purged; 0 if never. A larger value replaces an image's generation. */
    purgedAt: LARGE,
    /** The time of the latest purge of any kind. The next one gets a later time, even if the clock has not advanced. */
    latestAt: LARGE,
  },
  primaryKey: ["owner"],
});

export const LEASES = defineTable({
  name: "leases",
  columns: { name: KEY, holder: TEXT, expiresAt: LARGE },
  primaryKey: ["name"],
});

export const JOBS = defineTable({
  name: "jobs",
  columns: {
    id: KEY,
    owner: KEY,
    status: KEY,
    /** JSON, like all columns with several values. */
    sources: TEXT,
    /** The ids or URLs that have no items yet; null if there are none. */
    listed: nullable(TEXT),
    outputs: TEXT,
    deliver: TEXT,
    priority: TEXT,
    webhook: nullable(TEXT),
    attributes: TEXT,
    label: nullable(TEXT),
    metadata: withDefault(TEXT, "{}"),
    total: nullable(INTEGER),
    succeeded: INTEGER,
    failed: INTEGER,
    problem: nullable(TEXT),
    webhookDelivery: nullable(TEXT),
    createdAt: LARGE,
    startedAt: nullable(LARGE),
    finishedAt: nullable(LARGE),
    expiresAt: nullable(LARGE),
    lifetime: LARGE,
    run: INTEGER,
    isExpanded: BOOLEAN,
    expandedTo: INTEGER,
    cursor: nullable(TEXT),
    /** The number of known items that are not settled; 0 once the job has ended. */
    waiting: withDefault(INTEGER, 0),
  },
  primaryKey: ["id"],
  indexes: {
    jobs_by_created_at: { on: ["owner", "createdAt", "id"] },
    jobs_by_status: { on: ["owner", "status", "createdAt", "id"] },
    jobs_by_expires_at: { on: ["expiresAt"], where: { column: "expiresAt", is: "not null" } },
    jobs_waiting: { on: ["owner", "waiting"], where: { column: "finishedAt", is: "null" } },
  },
});

export const JOB_ITEMS = defineTable({
  name: "job_items",
  columns: {
    jobId: KEY,
    place: INTEGER,
    source: TEXT,
    status: KEY,
    results: TEXT,
    problem: nullable(TEXT),
  },
  primaryKey: ["jobId", "place"],
  indexes: { job_items_by_status: { on: ["jobId", "status", "place"] } },
});

/** Blobs that were received for a job and are not images yet. A blob without a row here belongs to no job. */
export const STAGED_BLOBS = defineTable({
  name: "staged_blobs",
  columns: { key: KEY, jobId: KEY },
  primaryKey: ["key"],
  indexes: { staged_blobs_by_job: { on: ["jobId"] } },
});

/** Those who share this installation and nothing else. The tenant `""` needs no row: the environment has its settings. */
export const TENANTS = defineTable({
  name: "tenants",
  columns: {
    id: KEY,
    /** The requests that strangers may make; null for the setting of the environment. */
    delivery: nullable(TEXT),
    /** JSON: its limits of images, bytes and rates. */
    limits: TEXT,
    createdAt: LARGE,
  },
  primaryKey: ["id"],
});

/** The host names under which strangers reach the images of tenants. */
export const TENANT_HOSTS = defineTable({
  name: "tenant_hosts",
  columns: { host: KEY, tenant: KEY },
  primaryKey: ["host"],
  indexes: { tenant_hosts_by_tenant: { on: ["tenant"] } },
});

/** The keys of callers. The secrets themselves are not stored. */
export const KEYS = defineTable({
  name: "keys",
  columns: {
    id: KEY,
    owner: KEY,
    /** The SHA-256 of the secret, in hexadecimal digits. */
    secretHash: TEXT,
    /** JSON. */
    scopes: TEXT,
    label: nullable(TEXT),
    createdAt: LARGE,
    expiresAt: nullable(LARGE),
    revokedAt: nullable(LARGE),
    /** The start of the day of its last use; null if it was never used. */
    lastUsedAt: nullable(LARGE),
  },
  primaryKey: ["id"],
  indexes: { keys_by_created_at: { on: ["owner", "createdAt", "id"] } },
});

/** Upload tokens that allow one upload and were used. A token expires before its row. */
export const USED_TOKENS = defineTable({
  name: "used_tokens",
  columns: { id: KEY, usedUntil: LARGE },
  primaryKey: ["id"],
  indexes: { used_tokens_by_used_until: { on: ["usedUntil"] } },
});

/** The images of owners whose storage is limited, counted in the transactions that change them. Owners without a limit have no row. */
export const USAGE = defineTable({
  name: "usage",
  columns: {
    owner: KEY,
    images: LARGE,
    bytes: LARGE,
    maxImages: nullable(LARGE),
    maxBytes: nullable(LARGE),
  },
  primaryKey: ["owner"],
});
