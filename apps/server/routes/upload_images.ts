import { NO_ATTRIBUTES, ProgImageError } from "@progimage/core";
import { archiveKindOf } from "../archive/archive_kind.ts";
import { watchPace } from "../http/body_pace.ts";
import { idempotencyKeyOf } from "../http/idempotency_key.ts";
import { isJson } from "../http/json_type.ts";
import type { FilePart } from "../http/multipart.ts";
import { prefersAsync } from "../http/prefers_async.ts";
import { bodyError, bodyOf } from "../http/request_body.ts";
import { contextOf } from "../http/request_context.ts";
import { queryOf } from "../http/request_target.ts";
import { UploadFields } from "../http/upload_fields.ts";
import { inOrder } from "../in_order.ts";
import type { ServerContext } from "../server_context.ts";
import { formParts } from "./form_parts.ts";
import { storeArchive } from "./upload_archive.ts";
import { answerItem, answerUploads, failedItem, storeItem, type UploadItem } from "./upload_item.ts";
import { storeArchiveLater, storeFormLater } from "./upload_later.ts";
import { storeUrls } from "./upload_urls.ts";

/** Seconds that the connection may be silent while what has come is checked and stored: a store elsewhere takes its time. */
const STORE_KEEP_ALIVE_SECONDS = 255;

/** Files of one form that are checked and kept while the next ones arrive. */
const MAX_UNSETTLED = 32;

/** `POST /images`: a raw body is one image; a form or an archive holds any number; JSON names one by `url`, or many by `urls`. */
export function uploadImagesRoute(context: ServerContext) {
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const contentType = request.headers.get("content-type") ?? "";
    const fields = UploadFields.ofQuery(request, new URLSearchParams(queryOf(request)));
    if (isJson(request)) return await storeUrls(context, request, fields);
    const kind = archiveKindOf(contentType);
    const isAsync = prefersAsync(request);
    if (kind && isAsync) return await storeArchiveLater(context, request, kind, fields);
    if (kind)
      return await answerUploads(request, storeArchive(context, request, kind, fields), { isLong: true });
    const isForm = /^multipart\/form-data(?:;|$)/i.test(contentType);
    if (!isForm) return answerItem(await storeRaw(context, request, fields));
    if (isAsync) return await storeFormLater(context, request, contentType, fields);
    return await answerUploads(request, storeForm(context, request, contentType, fields), { isFlat: true });
  };
}

async function storeRaw(context: ServerContext, request: Request, fields: UploadFields): Promise<UploadItem> {
  const { config, ports } = context;
  const attributes = { ...NO_ATTRIBUTES, ...fields.attributesFor("", ports) };
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

function storeForm(
  context: ServerContext,
  request: Request,
  contentType: string,
  fields: UploadFields,
): AsyncGenerator<UploadItem, void> {
  return inOrder<UploadItem>(
    async (add) => {
      let place = 0;
      try {
        for await (const part of formParts(context, request, contentType)) {
          if (part.kind === "field") fields.add(part.name, part.value);
          else await add((await receiveFile(context, request, part, { fields, place: place++ })).kept);
        }
      } catch (error) {
        // What came before the fault is kept, and said.
        if (place === 0) throw error;
        await add(Promise.resolve(failedItem(context, request, error)));
        return;
      }
      contextOf(request).keepAlive(STORE_KEEP_ALIVE_SECONDS);
      if (place > 0) return;
      const message = "Cannot store images as the form must have a file: it has none";
      throw new ProgImageError("invalid_request", message);
    },
    { atATime: MAX_UNSETTLED },
  );
}

/** Resolves once the file has arrived; `kept` does when it is stored or refused. It never rejects. */
async function receiveFile(
  context: ServerContext,
  request: Request,
  part: FilePart,
  { fields, place }: { readonly fields: UploadFields; readonly place: number },
): Promise<{ readonly kept: Promise<UploadItem> }> {
  const { config, ports } = context;
  const refused = (error: unknown) => failedItem(context, request, error, part.fileName);
  try {
    const attributes = { ...NO_ATTRIBUTES, ...fields.attributesFor(part.fileName, ports) };
    fields.passFile();
    const idempotencyKey = idempotencyKeyOf(request, place);
    const file = await ports.spool.receive(part.body, { limit: config.maxUploadBytes });
    const kept = storeItem(context, file, attributes, { idempotencyKey });
    return { kept: kept.catch(refused) };
  } catch (error) {
    part.skip();
    return { kept: Promise.resolve(refused(error)) };
  }
}
