import type { ImageSelection, Job, JobRequest, Scope, TransformRegistry } from "@progimage/core";
import { findStepImage } from "../request/step_images.ts";
import type { BULK_ACTIONS } from "../shape/bulk_shape.ts";

/** The scope that each action for many images needs. */
const BULK_SCOPES: Readonly<Record<(typeof BULK_ACTIONS)[number], Scope>> = {
  describe: "images:read",
  update: "images:write",
  delete: "images:delete",
  restore: "images:delete",
  erase: "images:delete",
  purge: "images:write",
};

/** Actions whose answer has the whole description of each image. */
const SHOWN: ReadonlySet<keyof typeof BULK_SCOPES> = new Set(["describe", "update", "restore"]);

/**
 * Returns the scopes that an action for many images needs. Its answer tells which images a filter finds. To change all images at once is
 * left to `admin`.
 */
export function bulkScopes(action: keyof typeof BULK_SCOPES, selection: ImageSelection): readonly Scope[] {
  const isAll = "all" in selection && action !== "describe";
  const isShown = SHOWN.has(action) || !("ids" in selection);
  return [
    BULK_SCOPES[action],
    ...(isShown ? ["images:read" as const] : []),
    ...(isAll ? ["admin" as const] : []),
  ];
}

/**
 * Returns the scopes that a purge needs. The answer tells how many images a filter finds. To purge all images costs the server as much as
 * to render all of them.
 */
export function purgeScopes(selection: ImageSelection): readonly Scope[] {
  if ("all" in selection) return ["admin"];
  return "ids" in selection ? ["images:write"] : ["images:write", "images:read"];
}

/** A job, or a request for one. */
type ScopedJob = Pick<Job, "deliver" | "outputs"> & (Pick<Job, "sources"> | Pick<JobRequest, "select">);

/** The kinds of sources that are stored images. */
const STORED_KINDS: ReadonlySet<string> = new Set(["all", "filter", "ids"]);

/** Returns the scopes that a job needs besides that of its route. It runs with the rights of its tenant, so they are checked before. */
export function jobScopes(job: ScopedJob, transforms: TransformRegistry): readonly Scope[] {
  const { deliver, outputs } = job;
  const kinds = "sources" in job ? [job.sources.kind] : Object.keys(job.select);
  const namesImage = outputs.some(({ steps }) => findStepImage(steps, transforms, ["id"]) !== undefined);
  const scopes: Readonly<Partial<Record<Scope, boolean>>> = {
    "images:read": namesImage || kinds.some((kind) => STORED_KINDS.has(kind)),
    "images:create": deliver === "images",
    "recipes:run": outputs.length > 0,
    exchange: kinds.includes("exchange") || typeof deliver === "object",
  };
  return Object.entries(scopes).flatMap(([scope, isNeeded]) => (isNeeded ? [scope as Scope] : []));
}
