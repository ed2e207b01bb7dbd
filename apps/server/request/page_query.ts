import { JOB_ITEM_STATUSES, JOB_STATUSES, PAGE_SHAPE, pageShape, type Shape } from "@progimage/core";
import { readQuery } from "./read_query.ts";

/** The requested page of a list. */
export interface PageQuery<Status> {
  readonly limit: number;
  readonly cursor?: string;
  readonly status?: Status;
}

/** The query of a page of jobs, and of a page of a job's items. */
export const JOB_PAGE_SHAPE = pageShape(JOB_STATUSES);
export const JOB_ITEM_PAGE_SHAPE = pageShape(JOB_ITEM_STATUSES);

/** The default number of entries on a page. */
export const DEFAULT_LIMIT = Number(PAGE_SHAPE.properties.limit.default);

/**
 * Reads the requested page of a list, and the status filter if entries have a status.
 *
 * @throws {ProgImageError} `invalid_parameter`, `unknown_parameter`, `conflicting_parameters`
 */
export function readPageQuery<Status = never>(
  request: Request,
  shape: Shape = PAGE_SHAPE,
): PageQuery<Status> {
  return { limit: DEFAULT_LIMIT, ...(readQuery(request, shape) as Partial<PageQuery<Status>>) };
}
