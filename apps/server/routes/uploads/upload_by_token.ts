import {
  mediaTypeOf,
  ProgImageError,
  SOURCE_FORMATS,
  type StoreImageOptions,
  tokenUsed,
} from "@progimage/core";
import type { CallerSignature } from "../../access/caller.ts";
import { archiveKindOf } from "../../archive/archive_kind.ts";
import { Refusal } from "../../http/refusal.ts";
import { contextOf } from "../../http/request_context.ts";
import { queryOf } from "../../http/request_target.ts";
import { isJson } from "../../request/json_type.ts";
import { readQuery } from "../../request/read_query.ts";
import { UploadFields } from "../../request/upload_fields.ts";
import type { ServerContext } from "../../server_context.ts";
import { UPLOAD_TERMS_SHAPE, type UploadTerms } from "../../shape/upload_terms_shape.ts";

/** An upload as its token allows it. */
export interface TokenUpload {
  /** With the limits of the token. */
  readonly context: ServerContext;
  /** The attributes that the token has. A form cannot change them. */
  readonly fields: UploadFields;
  readonly options: StoreImageOptions;
}

/** Bytes of a form besides its one file. */
const FORM_BYTES = 1_048_576;

/**
 * Checks an upload against its token, before the body is read, and returns it with the limits of the token. The query is signed, so its
 * terms and attributes are those of the token.
 *
 * @throws {Refusal} `forbidden` for anything but one image
 * @throws {ProgImageError} `conflict` for a token that was used, `unsupported_media`; any error of the query
 */
export async function openTokenUpload(context: ServerContext, request: Request): Promise<TokenUpload> {
  const contentType = request.headers.get("content-type") ?? "";
  if (isJson(request) || archiveKindOf(contentType)) throw notOneImage();
  const { signature } = contextOf(request).caller;
  const { terms, attributes } = splitQuery(request);
  checkType(contentType, terms);
  const token = terms.once ? await openToken(context, request, signature) : undefined;
  const { config } = context;
  const maxUploadBytes = Math.min(config.maxUploadBytes, terms.maxBytes ?? Infinity);
  const maxRequestBytes = Math.min(config.maxRequestBytes, maxUploadBytes + FORM_BYTES);
  return {
    context: { ...context, config: { ...config, maxUploadBytes, maxRequestBytes, maxFiles: 1 } },
    fields: UploadFields.ofQuery(request, attributes).bind(),
    options: { formats: terms.formats, token },
  };
}

interface TokenQuery {
  readonly terms: UploadTerms;
  readonly attributes: URLSearchParams;
}

function splitQuery(request: Request): TokenQuery {
  const isTerm = ([name]: readonly [string, string]) => Object.hasOwn(UPLOAD_TERMS_SHAPE.properties, name);
  const query = [...new URLSearchParams(queryOf(request))];
  const terms = new URLSearchParams(query.filter(isTerm));
  return {
    terms: readQuery({ url: `?${terms}` }, UPLOAD_TERMS_SHAPE),
    attributes: new URLSearchParams(query.filter((pair) => !isTerm(pair))),
  };
}

/** The type that a caller declares need not be true. The bytes are checked as well, once they are there. */
function checkType(contentType: string, { formats }: UploadTerms): void {
  const [type = ""] = contentType.toLowerCase().split(";");
  const declared = SOURCE_FORMATS.find((format) => mediaTypeOf(format) === type.trim());
  if (!formats || !declared || formats.includes(declared)) return;
  const message = `Cannot store image as its upload token allows ${formats.join(" or ")}: it is ${declared}`;
  throw new ProgImageError("unsupported_media", message, { details: { known: formats } });
}

/** Refuses a used token early. A repeated request with an `Idempotency-Key` may get its first answer again. */
async function openToken(
  { ports }: ServerContext,
  { headers }: Request,
  signature: CallerSignature | undefined,
): Promise<StoreImageOptions["token"]> {
  const { id = null, expiresAt = null } = signature ?? {};
  if (id === null) throw new TypeError("An upload token has an id");
  if (!headers.has("idempotency-key") && (await ports.tokens.has(id))) throw tokenUsed();
  return { id, usedUntil: expiresAt ?? Number.MAX_SAFE_INTEGER };
}

function notOneImage(): Refusal {
  const message =
    "Cannot store images as an upload token allows one image, as a raw body or as the file of a form";
  return new Refusal("forbidden", message, { details: { parameter: "Content-Type" } });
}
