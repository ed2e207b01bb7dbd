import { JOB_ITEM_STATUSES, JOB_STATUSES, PAGE_SHAPE, pageShape, type Shape } from "@progimage/core";
import { readQuery } from "./read_query.ts";

/** Which page of a listing is asked for. */
export interface PageQuery<Status> {
  readonly limit: number;
  readonly cursor?: string;
  readonly status?: Status;
}

/** Which page of the jobs, and which of the items of a job. */
export const JOB_PAGE_SHAPE = pageShape(JOB_STATUSES);
export const JOB_ITEM_PAGE_SHAPE = pageShape(JOB_ITEM_STATUSES);

/** Entries on a page if its query does not say. */
export const DEFAULT_LIMIT = Number(PAGE_SHAPE.properties.limit.default);

/**
 * Reads which page of a listing is asked for, and of what status where entries have one.
 *
 * @throws {ProgImageError} `invalid_parameter`, `unknown_parameter`, `conflicting_parameters`
 */
export function readPageQuery<Status = never>(
  request: Request,
  shape: Shape = PAGE_SHAPE,
): PageQuery<Status> {
  return { limit: DEFAULT_LIMIT, ...(readQuery(request, shape) as Partial<PageQuery<Status>>) };
}
