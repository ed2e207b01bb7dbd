import { NO_ATTRIBUTES, type StoreImageOptions } from "@progimage/core";
import { archiveKindOf } from "../../archive/archive_kind.ts";
import { watchRate } from "../../request/minimum_rate.ts";
import { idempotencyKeyOf, idempotencyOf } from "../../request/idempotency_key.ts";
import { prefersLines, streamItems } from "../../answer/item_stream.ts";
import { isJson } from "../../request/json_type.ts";
import { prefersAsync } from "../../request/prefers_async.ts";
import { bodyError, bodyOf } from "../../request/request_body.ts";
import { contextOf } from "../../http/request_context.ts";
import { queryOf } from "../../http/request_target.ts";
import { UploadFields } from "../../request/upload_fields.ts";
import { inOrder } from "../../http/in_order.ts";
import type { ServerContext, SharedContext } from "../../server_context.ts";
import { type FormFile, formFiles } from "./form_files.ts";
import { storeArchive } from "./upload_archive.ts";
import { openTokenUpload } from "./upload_by_token.ts";
import { answerBatch } from "./upload_batch.ts";
import {
  answerItem,
  answerItems,
  failedItem,
  shownItems,
  type SingleUpload,
  storeItem,
  type UploadItem,
  type Uploads,
} from "./upload_item.ts";
import { storeArchiveLater, storeFormLater } from "./upload_later.ts";
import { storeUrls } from "./upload_urls.ts";

/** Seconds that the connection may be silent while images are checked and stored: a remote store can be slow. */
const STORE_KEEP_ALIVE_SECONDS = 255;

/** Files of one form that are checked and stored while the next ones arrive. */
const MAX_UNSETTLED = 32;

/** `POST /images`: a raw body is one image; a form or an archive has any number; JSON names one by `url`, or many by `urls` or `items`. */
export function uploadImagesRoute(shared: SharedContext) {
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const isByToken = contextOf(request).caller.by === "token";
    const uploads = await (isByToken ? beginTokenUpload : beginUploads)(shared.of(request), request);
    if (uploads instanceof Response) return uploads;
    if ("store" in uploads) return answerItem(request, await uploads.store());
    const asLines = prefersLines(request);
    if (asLines || uploads.isLong) return await streamItems(request, shownItems(uploads.items), { asLines });
    const all = await Array.fromAsync(uploads.items);
    const [only] = all;
    return only && uploads.isFlat && all.length === 1 ? answerItem(request, only) : answerItems(all);
  };
}

/** `POST /images/batch`: takes the same bodies, and answers in the same shape for any number of images. */
export function uploadBatchRoute(shared: SharedContext) {
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const uploads = await beginUploads(shared.of(request), request);
    if (uploads instanceof Response) return uploads;
    const items = "store" in uploads ? itemOf(shared, request, uploads) : uploads.items;
    return await answerBatch(request, items);
  };
}

/** Begins to store the images of a request. Returns the answer if a job does it. */
async function beginUploads(context: ServerContext, request: Request): Promise<Response | Uploads> {
  const contentType = request.headers.get("content-type") ?? "";
  const fields = UploadFields.ofQuery(request, new URLSearchParams(queryOf(request)));
  if (isJson(request)) return await storeUrls(context, request, fields);
  const kind = archiveKindOf(contentType);
  const isAsync = prefersAsync(request);
  if (kind && isAsync) return await storeArchiveLater(context, request, kind, fields);
  if (kind) return { items: storeArchive(context, request, kind, fields), isLong: true };
  if (!isForm(contentType)) return storeRaw(context, request, fields);
  if (isAsync) return await storeFormLater(context, request, contentType, fields);
  return { items: storeForm(context, request, fields), isFlat: true };
}

/** Begins to store the image that an upload token allows. */
async function beginTokenUpload(context: ServerContext, request: Request): Promise<Uploads> {
  const contentType = request.headers.get("content-type") ?? "";
  const { context: limited, fields, options } = await openTokenUpload(context, request);
  if (!isForm(contentType)) return storeRaw(limited, request, fields, options);
  return { items: storeForm(limited, request, fields, options), isFlat: true };
}

function isForm(contentType: string): boolean {
  return /^multipart\/form-data(?:;|$)/i.test(contentType);
}

async function* itemOf(
  context: SharedContext,
  request: Request,
  { name, store }: SingleUpload,
): AsyncGenerator<UploadItem, void> {
  yield await store().catch((error: unknown) => failedItem(context, request, error, name));
}

function storeRaw(
  context: ServerContext,
  request: Request,
  fields: UploadFields,
  options: StoreImageOptions = {},
): SingleUpload {
  const { config, ports } = context;
  const attributes = { ...NO_ATTRIBUTES, ...fields.attributesFor("", ports) };
  const idempotency = idempotencyOf(request);
  const { maxUploadBytes: limit } = config;
  const onProgress = watchRate(request, config);
  const store = async () => {
    const received = ports.spool.receive(bodyOf(request, limit), { limit, onProgress });
    const file = await received.catch((error: unknown) => {
      throw bodyError(error);
    });
    contextOf(request).keepAlive(STORE_KEEP_ALIVE_SECONDS);
    return await storeItem(context, file, attributes, { ...options, signal: request.signal, ...idempotency });
  };
  return { name: attributes.name ?? "", store };
}

function storeForm(
  context: ServerContext,
  request: Request,
  fields: UploadFields,
  options: StoreImageOptions = {},
): AsyncGenerator<UploadItem, void> {
  const contentType = request.headers.get("content-type") ?? "";
  idempotencyKeyOf(request);
  return inOrder<UploadItem>(
    async (add) => {
      let isFirst = true;
      try {
        for await (const each of formFiles(context, request, contentType, fields)) {
          isFirst = false;
          await add(keepFile(context, request, each, options));
        }
        contextOf(request).keepAlive(STORE_KEEP_ALIVE_SECONDS);
      } catch (error) {
        // Files before the fault are kept, and the last item has the error.
        if (isFirst) throw error;
        await add(Promise.resolve(failedItem(context, request, error)));
      }
    },
    { atATime: MAX_UNSETTLED },
  );
}

/** Stores a file of a form. Never rejects. */
async function keepFile(
  context: ServerContext,
  request: Request,
  arrived: FormFile,
  options: StoreImageOptions,
): Promise<UploadItem> {
  const { fileName, place } = arrived;
  try {
    if ("error" in arrived) throw arrived.error;
    const attributes = { ...NO_ATTRIBUTES, ...arrived.attributes };
    const idempotency = idempotencyOf(request, place);
    return await storeItem(context, arrived.file, attributes, { ...options, ...idempotency });
  } catch (error) {
    return failedItem(context, request, error, fileName);
  }
}
