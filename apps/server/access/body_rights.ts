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

/** Returns the scope that an action for many images needs. */
export function bulkScope(action: keyof typeof BULK_SCOPES, selection: ImageSelection): Scope {
  return action === "purge" ? purgeScope(selection) : BULK_SCOPES[action];
}

/** Returns the scope that a purge needs. To purge all images costs the server as much as to render all of them. */
export function purgeScope(selection: ImageSelection): Scope {
  return "all" in selection ? "admin" : "images:write";
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
