import {
  type ImageAttributes,
  NO_ATTRIBUTES,
  ProgImageError,
  readAttributes,
  type SaidAttributes,
  settleExpiry,
  remoteFileName,
} from "@progimage/core";
import { idempotencyOf } from "../http/idempotency_key.ts";
import { prefersAsync } from "../http/prefers_async.ts";
import { receiveObject } from "../http/receive_object.ts";
import { contextOf } from "../http/request_context.ts";
import type { UploadFields } from "../http/upload_fields.ts";
import { inOrder } from "../in_order.ts";
import type { ServerContext } from "../server_context.ts";
import { answerNewJob } from "./begin_job.ts";
import { failedItem, storeItem, type UploadItem, type Uploads } from "./upload_item.ts";

/** Images of one request that are fetched at a time. */
const AT_A_TIME = 4;

/** Seconds that the connection may be silent while an image is fetched. */
const KEEP_ALIVE_SECONDS = 255;

/**
 * Begins to store images that lie elsewhere, of `{ "url": … }` or `{ "urls": […] }`. Attributes stand beside them, or in the query.
 *
 * @throws {ProgImageError} `invalid_request`, `invalid_parameter`
 */
export async function storeUrls(
  context: ServerContext,
  request: Request,
  fields: UploadFields,
): Promise<Response | Uploads> {
  const isAsync = prefersAsync(request);
  const { maxJobJsonBytes, maxJsonBytes } = context.config;
  const limits = { ...context.config, maxJsonBytes: isAsync ? maxJobJsonBytes : maxJsonBytes };
  const { url, urls, ...rest } = await receiveObject(request, limits);
  const written = readAttributes(rest, { beside: ["url", "urls"] });
  const said = { ...fields.attributesFor("", context.ports), ...written };
  const given = { ...NO_ATTRIBUTES, ...said };
  const nameOf = (address: string) => given.name || nameOfUrl(address);
  const store = (address: string, place: number) =>
    storeUrl(context, request, { url: address, place, given });
  if (typeof url === "string" && urls === undefined) return { name: nameOf(url), store: () => store(url, 0) };
  if (isAsync && isTextList(urls) && url === undefined) return await storeLater(context, request, urls, said);
  const { maxFiles } = context.config;
  if (!isTextList(urls) || url !== undefined || urls.length === 0 || urls.length > maxFiles) {
    throw new ProgImageError(
      "invalid_request",
      `Cannot store images as the JSON must have "url", or "urls" with 1 to ${maxFiles} of them: it has neither, both, or another number`,
      { details: { parameter: "urls" } },
    );
  }
  const refused = (address: string) => (error: unknown) =>
    failedItem(context, request, error, nameOf(address));
  const items = inOrder<UploadItem>(
    async (add) => {
      for (const [place, address] of urls.entries()) await add(store(address, place).catch(refused(address)));
    },
    { atATime: AT_A_TIME },
  );
  return { items };
}

/** Has a job store the images, for a client that would rather not wait. */
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
  const response = await answerNewJob(context, request, {
    select: { urls },
    outputs: [],
    deliver: "images",
    attributes,
  });
  response.headers.set("preference-applied", "respond-async");
  return response;
}

/** Returns what an image would be called after its URL alone. */
function nameOfUrl(address: string): string {
  const url = URL.parse(address);
  return url ? remoteFileName(url, undefined) : "";
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

async function storeUrl(
  context: ServerContext,
  request: Request,
  {
    url,
    place,
    given,
  }: { readonly url: string; readonly place: number; readonly given: ImageAttributes & SaidAttributes },
): Promise<UploadItem> {
  const { remote, spool } = context.ports;
  contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
  const { signal } = request;
  const file = await remote.fetch(url, { parameter: "url", into: spool, signal });
  const attributes = { ...given, name: given.name || file.name };
  return await storeItem(context, file, attributes, {
    signal,
    ...idempotencyOf(request, place),
  });
}
