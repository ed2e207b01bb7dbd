import { watchRate } from "../../request/minimum_rate.ts";
import { type FieldPart, type FilePart, multipartParts } from "../../request/multipart.ts";
import { bodyOf } from "../../request/request_body.ts";
import type { ServerContext } from "../../server_context.ts";

const MAX_FIELDS = 1_000;
const MAX_FIELD_BYTES = 65_536;

/** Fields that Uppy adds for each file. The bytes tell the media type, and images have no folder. */
const WIDGET_FIELDS: readonly string[] = ["relativePath", "type"];

/**
 * Yields the parts of a form as they arrive, without the fields that only widgets know.
 *
 * @throws {ProgImageError} for any error of the form
 */
export async function* formParts(
  { config }: ServerContext,
  request: Request,
  contentType: string,
): AsyncGenerator<FieldPart | FilePart, void> {
  const parts = multipartParts(contentType, bodyOf(request, config.maxRequestBytes), {
    maxFiles: config.maxFiles,
    maxFields: MAX_FIELDS,
    maxFieldBytes: MAX_FIELD_BYTES,
    maxBytes: config.maxRequestBytes,
    onProgress: watchRate(request, config),
  });
  for await (const part of parts) if (part.kind === "file" || !WIDGET_FIELDS.includes(part.name)) yield part;
}
