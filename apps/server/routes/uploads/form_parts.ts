import { watchRate } from "../../request/minimum_rate.ts";
import { multipartParts } from "../../request/multipart.ts";
import { bodyOf } from "../../request/request_body.ts";
import type { ServerContext } from "../../server_context.ts";

const MAX_FIELDS = 1_000;
const MAX_FIELD_BYTES = 65_536;

/** Yields the parts of a form as they arrive. @throws {ProgImageError} for any error of the form */
export function formParts({ config }: ServerContext, request: Request, contentType: string) {
  return multipartParts(contentType, bodyOf(request, config.maxRequestBytes), {
    maxFiles: config.maxFiles,
    maxFields: MAX_FIELDS,
    maxFieldBytes: MAX_FIELD_BYTES,
    maxBytes: config.maxRequestBytes,
    onProgress: watchRate(request, config),
  });
}
