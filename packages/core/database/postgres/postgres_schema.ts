import * as tables from "../tables.ts";
import { defineTable, INTEGER, KEY } from "../table_definition.ts";
import { postgresTable } from "./postgres_table.ts";

export const images = postgresTable(tables.IMAGES);
export const deletedImages = postgresTable(tables.DELETED_IMAGES);
export const imageTags = postgresTable(tables.IMAGE_TAGS);
export const metadataKeys = postgresTable(tables.METADATA_KEYS);
export const blobs = postgresTable(tables.BLOBS);
export const removals = postgresTable(tables.REMOVALS);
export const installations = postgresTable(tables.INSTALLATIONS);
export const purges = postgresTable(tables.PURGES);
export const leases = postgresTable(tables.LEASES);
export const jobs = postgresTable(tables.JOBS);
export const jobItems = postgresTable(tables.JOB_ITEMS);
export const stagedBlobs = postgresTable(tables.STAGED_BLOBS);
export const tenants = postgresTable(tables.TENANTS);
export const tenantHosts = postgresTable(tables.TENANT_HOSTS);
export const keys = postgresTable(tables.KEYS);
export const usedTokens = postgresTable(tables.USED_TOKENS);
export const usage = postgresTable(tables.USAGE);

/** The last turn of each line of tasks. Tables of pg-boss hold the tasks themselves. */
export const jobTurns = postgresTable(
  defineTable({
    name: "job_turns",
    columns: {
      priority: INTEGER,
      /** For the turn that is served now, the tenant with a slash behind it; empty for the first tenant. */
      line: KEY,
      turn: INTEGER,
    },
    primaryKey: ["priority", "line"],
  }),
);
