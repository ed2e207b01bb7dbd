import {
  ATTRIBUTES_SHAPE,
  type JsonOf,
  ProgImageError,
  readAttributes,
  readShape,
  type Scope,
  type Shape,
} from "@progimage/core";
import { Elysia } from "elysia";
import type { Caller } from "../access/caller.ts";
import { requireScope } from "../access/require_scope.ts";
import { builtInKeyId } from "../access/signature/built_in_key.ts";
import { signableTarget } from "../access/signature/signable_target.ts";
import { LONGEST_TOKEN_SECONDS } from "../access/signature/signature_recogniser.ts";
import { refuseToSign } from "../access/signature/signing_right.ts";
import type { SignableRequest } from "../access/signature/signatures.ts";
import { contextOf } from "../http/request_context.ts";
import { SIGN_DETAILS } from "../open_api/sign_details.ts";
import { refuseIdempotencyKey } from "../request/idempotency_key.ts";
import { textsOfJson } from "../request/json_of_texts.ts";
import { receiveObjectOfIds } from "../request/receive_object.ts";
import type { SharedContext } from "../server_context.ts";
import {
  LONGEST_SIGNED,
  SIGNATURE_LIFE_SHAPE,
  SIGN_REQUEST_SHAPE,
  type SIGNED_SHAPE,
} from "../shape/sign_shape.ts";
import { UPLOAD_TERMS_SHAPE } from "../shape/upload_terms_shape.ts";

/** The longest life of a URL, in seconds, if its caller can only read images or has no key that could be revoked. */
const SHORT_SECONDS = 600;

/** The life of a signature, in seconds, unless the caller names one. */
const DEFAULT_SECONDS = 600;

/** `POST /sign`: signed URLs and upload tokens. */
export function signRoutes(context: SharedContext) {
  return new Elysia().post("/sign", async ({ request }) => await sign(context, request), {
    parse: "none",
    detail: SIGN_DETAILS.sign,
  });
}

async function sign(context: SharedContext, request: Request): Promise<Response> {
  refuseIdempotencyKey(request);
  const { config, ports, publicUrl, signatures } = context;
  const parts = { deliveryRule: context.deliveryRule, presets: ports.presets };
  if (!signatures) throw notNeeded();
  const json = await receiveObjectOfIds(request, config);
  const { url, urls, upload, ...own } = readShape(SIGN_REQUEST_SHAPE, json);
  const { caller } = contextOf(request);
  const seconds = Math.floor(ports.now() / 1000);
  const life = readShape(SIGNATURE_LIFE_SHAPE, own);
  const exp = expiryOf(life, { seconds, most: longestLife(caller, upload !== undefined) });
  const keyId = caller.keyId ?? builtInKeyId(caller.tenant, caller.scopes);
  const signed = (signable: SignableRequest) => publicUrl + signatures.sign(signable, { keyId, exp });
  const answer = { expiresAt: new Date(exp * 1000).toISOString() };
  if (upload) {
    requireScope(request, "images:create");
    const target = tokenTarget(upload);
    return answerSigned({ ...answer, method: "POST", url: signed({ method: "POST", target }) });
  }
  requireScope(request, "images:read");
  const signUrl = (text: string, path: string) => {
    const target = signableTarget(text, { publicUrl, path });
    const refusal = refuseToSign(target, caller, parts);
    if (refusal) throw refusal;
    return signed({ method: "GET", target });
  };
  if (url !== undefined) return answerSigned({ ...answer, method: "GET", url: signUrl(url, "url") });
  const all = (urls ?? []).map((each, index) => signUrl(each, `urls/${index}`));
  return answerSigned({ ...answer, method: "GET", urls: all });
}

function answerSigned(json: JsonOf<typeof SIGNED_SHAPE>): Response {
  return Response.json(json, { headers: { "cache-control": "no-store" } });
}

/** Returns the longest life, in seconds, of what a caller may sign. */
function longestLife({ keyId, scopes }: Caller, isUpload: boolean): number {
  const canOnlyRead = !isUpload && scopes.isSubsetOf(new Set<Scope>(["images:read"]));
  return keyId === null || canOnlyRead ? SHORT_SECONDS : LONGEST_TOKEN_SECONDS;
}

interface ExpiryOptions {
  /** The time now, in seconds since 1970. */
  readonly seconds: number;
  /** The longest life of the signature, in seconds. */
  readonly most: number;
}

/** Returns when a signature ends, in seconds since 1970. @throws {ProgImageError} `invalid_parameter`, `conflicting_parameters` */
function expiryOf(
  { expiresAt, expiresIn }: JsonOf<typeof SIGNATURE_LIFE_SHAPE>,
  { seconds, most }: ExpiryOptions,
): number {
  if (expiresIn !== undefined && expiresAt !== undefined) {
    const details = { parameter: "expiresIn" };
    const message = "Cannot read expiresIn as it cannot be combined with expiresAt";
    throw new ProgImageError("conflicting_parameters", message, { details });
  }
  const isTime = expiresAt !== undefined;
  const life = isTime ? Math.floor(Date.parse(expiresAt) / 1000) - seconds : (expiresIn ?? DEFAULT_SECONDS);
  if (life >= 1 && life <= most) return seconds + life;
  const parameter = isTime ? "expiresAt" : "expiresIn";
  const message = `Cannot sign with this ${parameter} as the signature must end in 1 to ${most} seconds: it ends in ${life}`;
  throw new ProgImageError("invalid_parameter", message, { details: { parameter, limit: most } });
}

/** Returns the path and query of an upload token. @throws {ProgImageError} `invalid_parameter`, `conflicting_parameters` */
function tokenTarget(upload: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  const attributes: Record<string, unknown> = {};
  const shapes: Readonly<Record<string, Shape>> = {
    ...UPLOAD_TERMS_SHAPE.properties,
    ...ATTRIBUTES_SHAPE.properties,
  };
  for (const [name, value] of Object.entries(upload)) {
    if (Object.hasOwn(ATTRIBUTES_SHAPE.properties, name)) attributes[name] = value;
    const shape = shapes[name];
    if (shape) for (const text of textsOfJson(shape, value)) query.append(name, text);
  }
  readAttributes(attributes, { path: "upload" });
  const target = query.size === 0 ? "/images" : `/images?${query}`;
  if (target.length <= LONGEST_SIGNED) return target;
  const message = `Cannot make an upload token as its URL must have at most ${LONGEST_SIGNED} characters: it has ${target.length}`;
  throw new ProgImageError("invalid_parameter", message, {
    details: { parameter: "upload", limit: LONGEST_SIGNED },
  });
}

function notNeeded(): ProgImageError {
  const message = "Cannot sign as PROGIMAGE_ACCESS is open: all requests are answered without a signature";
  return new ProgImageError("feature_disabled", message);
}
