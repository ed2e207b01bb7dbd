import {
  ATTRIBUTES_SHAPE,
  DELETED_IMAGE_PAGE_SHAPE,
  EXPLAINED_RECIPE_SHAPE,
  IMAGE_COUNT_SHAPE,
  IMAGE_PAGE_SHAPE,
  IMPORT_REQUEST_SHAPE,
  JOB_ITEM_PAGE_SHAPE,
  JOB_PAGE_SHAPE,
  JOB_REQUEST_SHAPE,
  KEY_PAGE_SHAPE,
  KEY_REQUEST_SHAPE,
  listOf,
  namedShapes,
  NEW_KEY_SHAPE,
  PATCH_SHAPE,
  PRESET_DESCRIPTION_SHAPE,
  type Shape,
  TENANT_PAGE_SHAPE,
  TENANT_PATCH_SHAPE,
  TENANT_REQUEST_SHAPE,
  USAGE_SHAPE,
  TRANSFORM_DESCRIPTION_SHAPE,
} from "@progimage/core";
import { PROBLEMS } from "../problem/problem_kinds.ts";
import { ARCHIVE_REQUEST_SHAPE } from "../shape/archive_shape.ts";
import { BULK_ITEMS_SHAPE, BULK_REQUEST_SHAPE } from "../shape/bulk_shape.ts";
import { PURGE_REQUEST_SHAPE, PURGED_SHAPE } from "../shape/purge_shape.ts";
import { RECIPE_REQUEST_SHAPE, RENDER_REQUEST_SHAPE } from "../shape/render_shape.ts";
import { HEALTH_SHAPE, PROBLEM_KINDS_SHAPE, READINESS_SHAPE, SERVER_SHAPE } from "../shape/server_shape.ts";
import { SIGN_REQUEST_SHAPE, SIGNED_SHAPE } from "../shape/sign_shape.ts";
import { UPLOAD_BATCH_SHAPE, UPLOAD_FROM_SHAPE, UPLOAD_ITEMS_SHAPE } from "../shape/upload_shape.ts";
import { WEBHOOK_SECRETS_SHAPE } from "../shape/webhook_secrets_shape.ts";
import { type OpenApiSchema, openApiSchema } from "./open_api_schema.ts";

/** The current codes, or any other text: codes may be added. */
const PROBLEM_CODE: OpenApiSchema = {
  description: "A stable word for programs. More codes may come: programs go by the status then",
  anyOf: [{ type: "string", enum: Object.keys(PROBLEMS).toSorted() }, { type: "string" }],
};

/** The shapes of requests. */
const REQUESTS: readonly Shape[] = [
  ATTRIBUTES_SHAPE,
  PATCH_SHAPE,
  UPLOAD_FROM_SHAPE,
  BULK_REQUEST_SHAPE,
  ARCHIVE_REQUEST_SHAPE,
  PURGE_REQUEST_SHAPE,
  RENDER_REQUEST_SHAPE,
  RECIPE_REQUEST_SHAPE,
  IMPORT_REQUEST_SHAPE,
  JOB_REQUEST_SHAPE,
  SIGN_REQUEST_SHAPE,
  KEY_REQUEST_SHAPE,
  TENANT_REQUEST_SHAPE,
  TENANT_PATCH_SHAPE,
];

/** The shapes of answers. */
const ANSWERS: readonly Shape[] = [
  IMAGE_PAGE_SHAPE,
  IMAGE_COUNT_SHAPE,
  DELETED_IMAGE_PAGE_SHAPE,
  UPLOAD_ITEMS_SHAPE,
  UPLOAD_BATCH_SHAPE,
  BULK_ITEMS_SHAPE,
  PURGED_SHAPE,
  SIGNED_SHAPE,
  listOf("TransformCatalogue", TRANSFORM_DESCRIPTION_SHAPE),
  listOf("PresetCatalogue", PRESET_DESCRIPTION_SHAPE),
  EXPLAINED_RECIPE_SHAPE,
  JOB_PAGE_SHAPE,
  JOB_ITEM_PAGE_SHAPE,
  KEY_PAGE_SHAPE,
  NEW_KEY_SHAPE,
  TENANT_PAGE_SHAPE,
  USAGE_SHAPE,
  WEBHOOK_SECRETS_SHAPE,
  HEALTH_SHAPE,
  READINESS_SHAPE,
  SERVER_SHAPE,
  PROBLEM_KINDS_SHAPE,
];

/** Returns the components of the document: each named shape. */
export function componentSchemas(): Readonly<Record<string, OpenApiSchema>> {
  const shapes = [...namedShapes([...REQUESTS, ...ANSWERS])].map(
    ([name, shape]) => [name, openApiSchema(shape)] as const,
  );
  return { ...Object.fromEntries(shapes), ProblemCode: PROBLEM_CODE };
}
