import { ProgImageError } from "@progimage/core";
import { watchPace } from "../http/body_pace.ts";
import { idempotencyKeyOf } from "../http/idempotency_key.ts";
import { type FilePart, multipartParts } from "../http/multipart.ts";
import { bodyError, bodyOf } from "../http/request_body.ts";
import { contextOf } from "../http/request_context.ts";
import { UploadFields } from "../http/upload_fields.ts";
import type { ServerContext } from "../server_context.ts";
import { answerItem, answerItems, failedItem, storeItem, type UploadItem } from "./upload_item.ts";
import { storeUrls } from "./upload_urls.ts";

const MAX_FIELDS = 1_000;
const MAX_FIELD_BYTES = 65_536;

/** Seconds that the connection may be silent while what has come is checked and stored: a store elsewhere takes its time. */
const STORE_KEEP_ALIVE_SECONDS = 255;

/** Files of one form that are checked and kept while the next ones arrive. */
const MAX_UNSETTLED = 8;

/** `POST /images`: a raw body is one image; a form holds any number; JSON names one by `url`, or many by `urls`. */
export function uploadImagesRoute(context: ServerContext) {
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const contentType = request.headers.get("content-type") ?? "";
    const fields = UploadFields.ofQuery(new URL(request.url).searchParams);
    if (/^application\/json(?:;|$)/i.test(contentType)) return await storeUrls(context, request, fields);
    const isForm = /^multipart\/form-data(?:;|$)/i.test(contentType);
    if (!isForm) return answerItem(await storeRaw(context, request, fields));
    const items = await storeForm(context, request, contentType, fields);
    const [only] = items;
    return only && items.length === 1 ? answerItem(only) : answerItems(items);
  };
}

async function storeRaw(context: ServerContext, request: Request, fields: UploadFields): Promise<UploadItem> {
  const { config, ports } = context;
  const attributes = fields.attributesFor("", ports.now());
  const idempotencyKey = idempotencyKeyOf(request);
  const { maxUploadBytes: limit } = config;
  const onProgress = watchPace(request, config);
  const received = ports.spool.receive(bodyOf(request, limit), { limit, onProgress });
  const file = await received.catch((error: unknown) => {
    throw bodyError(error);
  });
  contextOf(request).keepAlive(STORE_KEEP_ALIVE_SECONDS);
  return await storeItem(context, file, attributes, { signal: request.signal, idempotencyKey });
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
      const { kept } = await receiveFile(context, request, part, { fields, place: items.length });
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
  contextOf(request).keepAlive(STORE_KEEP_ALIVE_SECONDS);
  return await Promise.all(items);
}

/** Resolves once the file has arrived; `kept` does when it is stored or refused. It never rejects. */
async function receiveFile(
  context: ServerContext,
  request: Request,
  part: FilePart,
  { fields, place }: { readonly fields: UploadFields; readonly place: number },
): Promise<{ readonly kept: Promise<UploadItem> }> {
  const { config, ports } = context;
  try {
    const attributes = fields.attributesFor(part.fileName, ports.now());
    const idempotencyKey = idempotencyKeyOf(request, place);
    const file = await ports.spool.receive(part.body, { limit: config.maxUploadBytes });
    const kept = storeItem(context, file, attributes, { idempotencyKey });
    return { kept: kept.catch((error: unknown) => failedItem(context, request, error)) };
  } catch (error) {
    part.skip();
    return { kept: Promise.resolve(failedItem(context, request, error)) };
  }
}
