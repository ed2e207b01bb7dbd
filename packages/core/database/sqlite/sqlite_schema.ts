import { BOOLEAN, INTEGER, KEY, LARGE, TEXT, withDefault } from "../table_definition.ts";
import * as tables from "../tables.ts";
import { sqliteTable } from "./sqlite_table.ts";

export const images = sqliteTable(tables.IMAGES);
export const deletedImages = sqliteTable(tables.DELETED_IMAGES);
export const imageTags = sqliteTable(tables.IMAGE_TAGS);
export const metadataKeys = sqliteTable(tables.METADATA_KEYS);
export const blobs = sqliteTable(tables.BLOBS);
export const removals = sqliteTable(tables.REMOVALS);
export const installations = sqliteTable(tables.INSTALLATIONS);
export const purges = sqliteTable(tables.PURGES);
export const leases = sqliteTable(tables.LEASES);
export const jobs = sqliteTable(tables.JOBS);
export const jobItems = sqliteTable(tables.JOB_ITEMS);
export const stagedBlobs = sqliteTable(tables.STAGED_BLOBS);
export const tenants = sqliteTable(tables.TENANTS);
export const tenantHosts = sqliteTable(tables.TENANT_HOSTS);
export const keys = sqliteTable(tables.KEYS);
export const usedTokens = sqliteTable(tables.USED_TOKENS);
export const usage = sqliteTable(tables.USAGE);

/** Tasks of the queue. In Postgres, they wait in tables of pg-boss. */
export const jobTasks = sqliteTable({
  name: "job_tasks",
  columns: {
    id: KEY,
    kind: TEXT,
    payload: TEXT,
    priority: INTEGER,
    /** Lines of one priority take turns. */
    line: withDefault(TEXT, ""),
    /** Lower goes first. */
    turn: withDefault(INTEGER, 0),
    attempt: INTEGER,
    isHeld: BOOLEAN,
    /** Whether it can be taken now. Otherwise it becomes ready at `availableAt`. */
    isReady: withDefault(BOOLEAN, false),
    /** When it can be taken. While it is held, this is the end of its lease. */
    availableAt: LARGE,
  },
  primaryKey: ["id"],
  indexes: {
    job_tasks_ready: { on: ["priority", "turn"], where: { column: "isReady", is: true } },
    job_tasks_held: { on: ["priority", "turn"], where: { column: "isHeld", is: true } },
    job_tasks_due: { on: ["availableAt"], where: { column: "isReady", is: false } },
    job_tasks_by_line: { on: ["priority", "line", "turn"] },
  },
});
