import { type Image, type ImageAttributes, ProgImageError, storeImage } from "@progimage/core";
import { imageJson } from "../http/image_json.ts";
import { type FilePart, multipartParts } from "../http/multipart.ts";
import { type Problem, problemOf, problemResponse } from "../http/problem.ts";
import { watchPace } from "../http/body_pace.ts";
import { bodyError, bodyOf } from "../http/request_body.ts";
import { contextOf } from "../http/request_context.ts";
import { UploadFields } from "../http/upload_fields.ts";
import type { ServerContext } from "../server_context.ts";

/** What became of one file of a form. */
type UploadItem =
  | { readonly status: number; readonly image: ReturnType<typeof imageJson> }
  | { readonly status: number; readonly problem: Problem };

const MAX_FIELDS = 1_000;
const MAX_FIELD_BYTES = 65_536;

/** Files of one form that are checked and kept while the next ones arrive. */
const MAX_UNSETTLED = 8;

/** `POST /images`: a raw body is one image; a form holds any number. */
export function uploadImagesRoute(context: ServerContext) {
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const contentType = request.headers.get("content-type") ?? "";
    const fields = UploadFields.ofQuery(new URL(request.url).searchParams);
    if (!/^multipart\/form-data(?:;|$)/i.test(contentType))
      return created(context, await storeRaw(context, request, fields));
    const items = await storeForm(context, request, contentType, fields);
    return answerForm(items);
  };
}

async function storeRaw(
  { config, ports }: ServerContext,
  request: Request,
  fields: UploadFields,
): Promise<Image> {
  const attributes = fields.attributesFor("", ports.now());
  const { maxUploadBytes: limit } = config;
  const onProgress = watchPace(request, config);
  const received = ports.spool.receive(bodyOf(request, limit), { limit, onProgress });
  await using file = await received.catch((error: unknown) => {
    throw bodyError(error);
  });
  return await storeImage(ports, file, attributes, { signal: request.signal });
}

async function storeForm(
  context: ServerContext,
  request: Request,
  contentType: string,
  fields: UploadFields,
): Promise<readonly UploadItem[]> {
  const { config } = context;
  const body = bodyOf(request, config.maxRequestBytes);
  const limits = {
    maxFiles: config.maxFiles,
    maxFields: MAX_FIELDS,
    maxFieldBytes: MAX_FIELD_BYTES,
    maxBytes: config.maxRequestBytes,
    onProgress: watchPace(request, config),
  };
  const items: Promise<UploadItem>[] = [];
  try {
    for await (const part of multipartParts(contentType, body, limits)) {
      if (part.kind === "field") {
        fields.add(part.name, part.value);
        continue;
      }
      const { kept } = await receiveFile(context, request, part, fields);
      items.push(kept);
      await items.at(-MAX_UNSETTLED);
    }
  } catch (error) {
    // What came before the fault is kept, and said.
    if (items.length === 0) throw error;
    items.push(Promise.resolve(failedItem(context, request, error)));
  }
  if (items.length === 0) {
    throw new ProgImageError(
      "invalid_request",
      "Cannot store images as the form must have a file: it has none",
    );
  }
  return await Promise.all(items);
}

/** Resolves once the file has arrived; `kept` does when it is stored or refused. It never rejects. */
async function receiveFile(
  context: ServerContext,
  request: Request,
  part: FilePart,
  fields: UploadFields,
): Promise<{ readonly kept: Promise<UploadItem> }> {
  const { config, ports, publicUrl } = context;
  try {
    const attributes: ImageAttributes = fields.attributesFor(part.fileName, ports.now());
    const file = await ports.spool.receive(part.body, { limit: config.maxUploadBytes });
    const store = async (): Promise<UploadItem> => {
      await using spooled = file;
      return { status: 201, image: imageJson(await storeImage(ports, spooled, attributes), publicUrl) };
    };
    return { kept: store().catch((error: unknown) => failedItem(context, request, error)) };
  } catch (error) {
    part.skip();
    return { kept: Promise.resolve(failedItem(context, request, error)) };
  }
}

function failedItem({ config, log }: ServerContext, request: Request, error: unknown): UploadItem {
  const requestId = contextOf(request).id;
  const problem = problemOf(error, { requestId, debug: config.debug });
  if (problem.status === 500) log.error({ requestId, err: error }, problem.detail);
  return { status: problem.status, problem };
}

function created({ publicUrl }: ServerContext, image: Image): Response {
  return createdResponse(imageJson(image, publicUrl));
}

function createdResponse(image: ReturnType<typeof imageJson>): Response {
  return Response.json(image, {
    status: 201,
    headers: { location: image.href, "cache-control": "no-store" },
  });
}

function answerForm(items: readonly UploadItem[]): Response {
  const [only] = items;
  if (only && items.length === 1)
    return "image" in only ? createdResponse(only.image) : problemResponse(only.problem);
  return Response.json({ items }, { headers: { "cache-control": "no-store" } });
}
