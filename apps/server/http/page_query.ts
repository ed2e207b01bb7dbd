import { JOB_ITEM_STATES, JOB_STATES, PAGE_SHAPE, pageShape, type Shape } from "@progimage/core";
import { readQuery } from "./read_query.ts";

/** Which page of a listing is asked for. */
export interface PageQuery<State> {
  readonly limit: number;
  readonly cursor?: string;
  readonly state?: State;
}

/** Which page of the jobs, and which of the items of a job. */
export const JOB_PAGE_SHAPE = pageShape(JOB_STATES);
export const JOB_ITEM_PAGE_SHAPE = pageShape(JOB_ITEM_STATES);

/** Entries on a page if its query does not say. */
export const DEFAULT_LIMIT = Number(PAGE_SHAPE.properties.limit.default);

/**
 * Reads which page of a listing is asked for, and of what state where entries have one.
 *
 * @throws {ProgImageError} `invalid_parameter`, `unknown_parameter`, `conflicting_parameters`
 */
export function readPageQuery<State = never>(request: Request, shape: Shape = PAGE_SHAPE): PageQuery<State> {
  return { limit: DEFAULT_LIMIT, ...(readQuery(request, shape) as Partial<PageQuery<State>>) };
}
