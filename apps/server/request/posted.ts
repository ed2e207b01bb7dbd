import { ProgImageError, type SpooledFile } from "@progimage/core";
import type { ServerContext } from "../server_context.ts";
import { watchRate } from "./minimum_rate.ts";
import { isJson } from "./json_type.ts";
import { type FilePart, multipartParts } from "./multipart.ts";
import { receiveObject } from "./receive_object.ts";
import { bodyError, bodyOf } from "./request_body.ts";

/** A file of a request, which is removed with the request. */
export interface PostedFile extends SpooledFile {
  /** The client's name for it; may be empty. */
  readonly name: string;
}

/** The content of a request for processing. */
export interface Posted extends AsyncDisposable {
  /** The images to process: the raw body, or the parts named `image`. */
  readonly images: readonly PostedFile[];
  /** All other files of the form, by part name: masks, watermarks. */
  readonly parts: ReadonlyMap<string, PostedFile>;
  /** The fields of the form, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The body, if it is JSON. */
  readonly json: Readonly<Record<string, unknown>> | null;
}

/** The name of the parts with images to process. */
const SOURCE_PART = "image";
const MAX_FIELDS = 200;

/**
 * Receives the content of a request: an image as its body, a form, or JSON.
 *
 * @throws {ProgImageError} `invalid_request`, `too_large`, `too_slow`, `busy`, `cancelled`
 */
export async function receivePosted(context: ServerContext, request: Request): Promise<Posted> {
  const contentType = request.headers.get("content-type") ?? "";
  if (isJson(request)) {
    return { ...NOTHING, json: await receiveObject(request, context.config) };
  }
  return /^multipart\/form-data(?:;|$)/i.test(contentType)
    ? await receiveForm(context, request, contentType)
    : await receiveRaw(context, request);
}

const NOTHING: Posted = {
  images: [],
  parts: new Map(),
  fields: [],
  json: null,
  [Symbol.asyncDispose]: async () => {},
};

async function receiveRaw({ config, ports }: ServerContext, request: Request): Promise<Posted> {
  if (!request.body) return NOTHING;
  const { maxUploadBytes: limit } = config;
  const received = ports.scratch.receive(bodyOf(request, limit), {
    limit,
    onProgress: watchRate(request, config),
  });
  const file = await received.catch((error: unknown) => {
    throw bodyError(error);
  });
  if (file.bytes > 0) {
    return { ...NOTHING, images: [{ ...file, name: "" }], [Symbol.asyncDispose]: file[Symbol.asyncDispose] };
  }
  await file[Symbol.asyncDispose]();
  return NOTHING;
}

async function receiveForm(
  { config, ports }: ServerContext,
  request: Request,
  contentType: string,
): Promise<Posted> {
  await using received = new AsyncDisposableStack();
  const images: PostedFile[] = [];
  const parts = new Map<string, PostedFile>();
  const fields: [string, string][] = [];
  const receive = async (part: FilePart) => {
    const file = received.use(await ports.scratch.receive(part.body, { limit: config.maxUploadBytes }));
    return { ...file, name: part.fileName };
  };
  const limits = {
    maxFiles: config.maxFiles,
    maxFields: MAX_FIELDS,
    maxFieldBytes: config.maxJsonBytes,
    maxBytes: config.maxRequestBytes,
    onProgress: watchRate(request, config),
  };
  for await (const part of multipartParts(contentType, bodyOf(request, limits.maxBytes), limits)) {
    if (part.kind === "field") fields.push([part.name, part.value]);
    else if (part.name === SOURCE_PART) images.push(await receive(part));
    else if (parts.has(part.name)) throw twice(part.name);
    else parts.set(part.name, await receive(part));
  }
  const kept = received.move();
  return { images, parts, fields, json: null, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function twice(name: string): ProgImageError {
  const message = `Cannot read the form as only the part "${SOURCE_PART}" may be repeated: ${JSON.stringify(name.slice(0, 64))} is given twice`;
  return new ProgImageError("invalid_request", message);
}
