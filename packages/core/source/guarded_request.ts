import { type IncomingMessage, type RequestOptions, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { FetchClock } from "./fetch_clock.ts";
import { sourceUnreachable } from "./source_error.ts";
import { hostnameOf, portOf } from "./url_host.ts";

/** The maximum size of the head of a response, in bytes. */
const MAX_HEAD_BYTES = 16_384;

/** The maximum number of 1xx responses before the final one. Each takes time, and none counts as bytes. */
const MAX_PRELIMINARY_ANSWERS = 16;

const CERTIFICATE_ERROR_REGEXP = /CERT|SIGNATURE|TLS/;

/** Options for {@linkcode guardedRequest}. */
export interface GuardedRequestOptions {
  /** The only addresses to connect to, even if the name in the URL now resolves to others. */
  readonly addresses: readonly string[];
  readonly clock: FetchClock;
  /** The name of the host in errors. */
  readonly place: string;
  readonly userAgent: string;
  /** Certificate authorities in PEM that replace the system's. */
  readonly authorities?: string;
  /** A message to send by POST instead of the GET. */
  readonly post?: PostedMessage;
}

/** The content of a POST. */
export interface PostedMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends a GET or a POST. Returns the head of the response, with its body still unread and as sent. Follows no redirects, decompresses
 * nothing, keeps no connection, uses no proxy, and accepts only a certificate that is valid for the name.
 *
 * @throws {ProgImageError} `source_unreachable`, or the reason of the clock
 */
export async function guardedRequest(url: URL, options: GuardedRequestOptions): Promise<IncomingMessage> {
  const { clock, place } = options;
  clock.signal.throwIfAborted();
  clock.listen();
  try {
    return await send(url, requestOptions(url, options), options.post?.body);
  } catch (error) {
    if (clock.signal.aborted) throw clock.signal.reason;
    throw sourceUnreachable(place, reasonOf(error), error);
  }
}

function requestOptions(url: URL, options: GuardedRequestOptions): RequestOptions & { ca?: string } {
  const { post } = options;
  return {
    agent: false,
    method: post ? "POST" : "GET",
    headers: {
      host: url.host,
      "user-agent": options.userAgent,
      "accept-encoding": "identity",
      ...(post ? { ...post.headers, "content-length": Buffer.byteLength(post.body) } : { accept: "image/*" }),
    },
    hostname: hostnameOf(url),
    port: portOf(url),
    path: url.pathname + url.search,
    lookup: lookupAmong(options.addresses),
    maxHeaderSize: MAX_HEAD_BYTES,
    signal: options.clock.signal,
    // Set explicitly, because an environment variable could turn it off.
    ...(url.protocol === "https:" ? { rejectUnauthorized: true, ca: options.authorities } : {}),
  };
}

function send(url: URL, options: RequestOptions, body?: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = url.protocol === "https:" ? requestSecure(options) : requestPlain(options);
  request.on("response", (response) => {
    // A body without a length looks complete when its connection breaks or is aborted. Only the request gets the error.
    request.on("error", (error) => response.destroy(error));
    // The error stays available to the reader of the body; without a listener it would end the process.
    response.on("error", () => {});
    resolve(response);
  });
  request.on("error", reject);
  request.on("close", () => reject(new Error("The connection was closed before an answer came")));
  let preliminaries = 0;
  request.on("information", () => {
    if (++preliminaries > MAX_PRELIMINARY_ANSWERS) request.destroy(new Error("Too many preliminary answers"));
  });
  request.end(body);
  return promise;
}

/** Resolves to addresses that were checked before, so that a name cannot change in between. */
function lookupAmong(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, { all }, callback) => {
    if (all) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return CERTIFICATE_ERROR_REGEXP.test(code)
    ? "its certificate must be valid for its name: it is not"
    : "it must answer in HTTP: the connection failed";
}
