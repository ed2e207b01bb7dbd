import {
  type JobAttributes,
  type JobSelection,
  NO_ATTRIBUTES,
  ProgImageError,
  readAttributes,
  readShape,
  remoteFileName,
  type SaidAttributes,
  settleExpiry,
  withOwnAttributes,
} from "@progimage/core";
import { type Static, Type } from "@sinclair/typebox";
import { idempotencyKeyOf, idempotencyOf } from "../../request/idempotency_key.ts";
import { prefersAsync } from "../../request/prefers_async.ts";
import { receiveObject } from "../../request/receive_object.ts";
import { contextOf } from "../../http/request_context.ts";
import type { UploadFields } from "../../request/upload_fields.ts";
import { inOrder } from "../../http/in_order.ts";
import type { ServerContext } from "../../server_context.ts";
import type { DESCRIBED_URL_SHAPE } from "../../shape/described_url_shape.ts";
import { UPLOAD_FROM_SHAPE } from "../../shape/upload_shape.ts";
import { answerNewJob } from "../begin_job.ts";
import { failedItem, type SingleUpload, storeItem, type UploadItem, type Uploads } from "./upload_item.ts";

/** The concurrency limit of fetches for one request. */
const AT_A_TIME = 4;

/** Seconds that the connection may be silent while an image is fetched. */
const KEEP_ALIVE_SECONDS = 255;

/** An image to fetch, with its attributes. */
interface WantedUrl {
  readonly url: string;
  readonly said: SaidAttributes;
  /** Its own key, instead of the key of the request. */
  readonly idempotencyKey?: string;
}

/**
 * Begins to store images from URLs: `{ "url": … }`, `{ "urls": […] }` or `{ "items": [{ "url": … }] }`. Common attributes are beside
 * them, or in the query; those of an item take precedence.
 *
 * @throws {ProgImageError} `invalid_request`, `invalid_parameter`, `unknown_parameter`, `conflicting_parameters`
 */
export async function storeUrls(
  context: ServerContext,
  request: Request,
  fields: UploadFields,
): Promise<Response | Uploads> {
  const isAsync = prefersAsync(request);
  const { maxFiles, maxJobJsonBytes, maxJsonBytes, maxSelectionItems } = context.config;
  const limits = { ...context.config, maxJsonBytes: isAsync ? maxJobJsonBytes : maxJsonBytes };
  const json = await receiveObject(request, limits);
  const { url, urls, items = [], ...own } = readShape(UPLOAD_FROM_SHAPE, json);
  const said = withOwnAttributes(fields.attributesFor("", context.ports), readAttributes(own));
  if (url !== undefined) return uploadOf(context, request, { url, said }, 0);
  const most = { maxItems: isAsync ? maxSelectionItems : maxFiles };
  readShape(Type.Array(Type.Unknown(), most), urls ?? items, { path: urls ? "urls" : "items" });
  if (urls) {
    if (isAsync) return await storeLater(context, request, urls, said);
    const wanted = urls.map((each) => ({ url: each, said }));
    return storeMany(context, request, wanted);
  }
  const described = items.map(readItem);
  if (isAsync) return await storeItemsLater(context, request, described, said);
  const wanted = described.map((item) => withShared(item, said));
  return storeMany(context, request, wanted);
}

/** @throws {ProgImageError} with the path of the error, such as `items/3/tags/0` */
function readItem(item: Static<typeof DESCRIBED_URL_SHAPE>, place: number): WantedUrl {
  const { url, idempotencyKey, ...own } = item;
  const said = readAttributes(own, { path: `items/${place}` });
  return { url, said, ...(idempotencyKey !== undefined && { idempotencyKey }) };
}

function withShared(item: WantedUrl, shared: SaidAttributes): WantedUrl {
  return { ...item, said: withOwnAttributes(shared, item.said) };
}

function storeMany(context: ServerContext, request: Request, wanted: readonly WantedUrl[]): Uploads {
  idempotencyKeyOf(request);
  const items = inOrder<UploadItem>(
    async (add) => {
      for (const [place, each] of wanted.entries()) {
        const { name, store } = uploadOf(context, request, each, place);
        await add(store().catch((error: unknown) => failedItem(context, request, error, name)));
      }
    },
    { atATime: AT_A_TIME },
  );
  return { items };
}

function uploadOf(context: ServerContext, request: Request, wanted: WantedUrl, place: number): SingleUpload {
  const name = wanted.said.name || nameOfUrl(wanted.url);
  return { name, store: () => storeUrl(context, request, wanted, place) };
}

/** Creates a job that stores the images, for a client that prefers not to wait. */
async function storeLater(
  context: ServerContext,
  request: Request,
  urls: readonly string[],
  said: SaidAttributes,
): Promise<Response> {
  const { name, ...attributes } = settleExpiry(said, context.ports.now());
  if (name)
    throw new ProgImageError(
      "invalid_parameter",
      "Cannot store images in the background with one name for all: leave it out",
      { details: { parameter: "name" } },
    );
  return await answerJob(context, request, { urls }, attributes);
}

/** Creates a job that stores the images, each with its own attributes. A common name applies to each of them. */
async function storeItemsLater(
  context: ServerContext,
  request: Request,
  items: readonly WantedUrl[],
  said: SaidAttributes,
): Promise<Response> {
  const { name, ...attributes } = settleExpiry(said, context.ports.now());
  const describedUrls = items.map(({ url, said: own, idempotencyKey }, place) => {
    if (idempotencyKey !== undefined) throw keyInJob(place);
    return { url, attributes: { ...(name && { name }), ...own } };
  });
  return await answerJob(context, request, { describedUrls }, attributes);
}

async function answerJob(
  context: ServerContext,
  request: Request,
  select: JobSelection,
  attributes: JobAttributes,
): Promise<Response> {
  const wanted = { select, outputs: [], deliver: "images", attributes } as const;
  const response = await answerNewJob(context, request, wanted);
  response.headers.set("preference-applied", "respond-async");
  return response;
}

function keyInJob(place: number): ProgImageError {
  const parameter = `items/${place}/idempotencyKey`;
  const message = `Cannot use ${parameter} as the images become a job: use the header Idempotency-Key`;
  return new ProgImageError("invalid_parameter", message, { details: { parameter } });
}

/** Returns the default name of an image, from its URL alone. */
function nameOfUrl(address: string): string {
  const url = URL.parse(address);
  return url ? remoteFileName(url, undefined) : "";
}

async function storeUrl(
  context: ServerContext,
  request: Request,
  { url, said, idempotencyKey }: WantedUrl,
  place: number,
): Promise<UploadItem> {
  const { remote, spool } = context.ports;
  contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
  const { signal } = request;
  const file = await remote.fetch(url, { parameter: "url", into: spool, signal });
  const attributes = { ...NO_ATTRIBUTES, ...said, name: said.name || file.name };
  return await storeItem(context, file, attributes, {
    signal,
    ...idempotencyOf(request, place),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  });
}
