import type { IncomingMessage } from "node:http";
import type { Spool } from "../blob/spool.ts";
import { ProgImageError } from "../error.ts";
import core from "../package.json";
import { Limiter } from "../waiting/limiter.ts";
import { FetchClock } from "./fetch_clock.ts";
import { findAddresses, type Resolve, resolveBySystem } from "./find_addresses.ts";
import { guardedRequest } from "./guarded_request.ts";
import { HostList } from "./host_list.ts";
import { remoteFileName } from "./remote_file_name.ts";
import type { FetchRemoteOptions, RemoteFile, RemoteSources } from "./remote_sources.ts";
import { readResponseBody } from "./response_body.ts";
import { blameParameter, sourceRefused, sourceUnreachable } from "./source_error.ts";
import { checkSourceUrl, hostOf, parseSourceUrl } from "./source_url.ts";

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const ABSENT_STATUSES: ReadonlySet<number> = new Set([404, 410]);

/** Options for {@linkcode RemoteFetcher}. */
export interface RemoteFetcherOptions {
  readonly spool: Spool;
  /** The maximum size of an image in bytes. @default {20_000_000} */
  readonly maxBytes?: number;
  /** The timeout of a whole fetch, from name lookup to last byte, in milliseconds. @default {10_000} */
  readonly deadlineMs?: number;
  /** The idle timeout, in milliseconds. @default {5_000} */
  readonly idleMs?: number;
  /** @default {3} */
  readonly maxRedirects?: number;
  /** The concurrency limit. Further fetches are rejected, because waiting clients would hold their connections. @default {64} */
  readonly atATime?: number;
  /**
   * Hosts that may be in an internal network: `images.internal`, `images.internal:8080`, `*.example.com`, `10.0.0.5`. All others must be
   * public. @default {[]}
   */
  readonly allowHosts?: readonly string[];
  /** @default {"ProgImage/<version>"} */
  readonly userAgent?: string;
  /** Certificate authorities in PEM that replace the system's. */
  readonly authorities?: string;
  /** Resolves a name to its addresses. @default {resolveBySystem} */
  readonly resolve?: Resolve;
}

/**
 * Fetches over HTTP from public addresses only. It checks every address of a name and connects only to checked ones, again for each
 * redirect. It neither requests nor accepts compression, and uses no proxies or cookies.
 */
export class RemoteFetcher implements RemoteSources {
  readonly #options: Required<Omit<RemoteFetcherOptions, "allowHosts" | "authorities">> &
    Pick<RemoteFetcherOptions, "authorities">;
  readonly #allowHosts: HostList;
  readonly #limiter: Limiter;

  /** @throws {RangeError} for an invalid entry of `allowHosts` */
  constructor({ allowHosts = [], ...options }: RemoteFetcherOptions) {
    this.#allowHosts = new HostList(allowHosts);
    this.#options = {
      ...options,
      maxBytes: options.maxBytes ?? 20_000_000,
      deadlineMs: options.deadlineMs ?? 10_000,
      idleMs: options.idleMs ?? 5_000,
      maxRedirects: options.maxRedirects ?? 3,
      atATime: options.atATime ?? 64,
      userAgent: options.userAgent ?? `ProgImage/${core.version}`,
      resolve: options.resolve ?? resolveBySystem,
    };
    this.#limiter = new Limiter({ limit: this.#options.atATime, busy: tooMany });
  }

  of(): RemoteSources {
    return this;
  }

  async fetch(address: string, options: FetchRemoteOptions = {}): Promise<RemoteFile> {
    const { parameter, signal, into = this.#options.spool } = options;
    using _place = this.#limiter.enterNow();
    try {
      const url = parseSourceUrl(address);
      using clock = new FetchClock(hostOf(url), { ...this.#options, signal });
      return await this.#follow(url, clock, into);
    } catch (error) {
      throw blameParameter(error, parameter);
    }
  }

  async #follow(start: URL, clock: FetchClock, into: Spool): Promise<RemoteFile> {
    const { maxRedirects } = this.#options;
    let url = start;
    let place = hostOf(start);
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const response = await this.#ask(url, place, clock);
      try {
        if (!REDIRECT_STATUSES.has(response.statusCode ?? 0)) {
          return await this.#receive(response, { url, place, clock, into });
        }
        url = redirectTarget(response, url, place);
      } finally {
        response.destroy();
      }
      // Redirect targets of an internal host are not revealed.
      place = `a redirect of ${hostOf(start)}`;
    }
    throw sourceUnreachable(hostOf(start), `it must redirect at most ${maxRedirects} times: it goes on`);
  }

  async #ask(url: URL, place: string, clock: FetchClock): Promise<IncomingMessage> {
    const { resolve, userAgent, authorities } = this.#options;
    checkSourceUrl(url, place, this.#allowHosts);
    clock.listen();
    const addresses = await clock.race(() =>
      findAddresses(url, place, { allowHosts: this.#allowHosts, resolve }),
    );
    return await guardedRequest(url, { addresses, clock, place, userAgent, authorities });
  }

  async #receive(
    response: IncomingMessage,
    {
      url,
      place,
      clock,
      into,
    }: { readonly url: URL; readonly place: string; readonly clock: FetchClock; readonly into: Spool },
  ): Promise<RemoteFile> {
    const { maxBytes } = this.#options;
    checkStatus(response, place);
    const body = readResponseBody(response, { clock, maxBytes, place });
    const file = await into.receive(body, { limit: maxBytes });
    if (clock.signal.aborted) {
      await file[Symbol.asyncDispose]();
      throw clock.signal.reason;
    }
    const name = remoteFileName(url, response.headers["content-disposition"]);
    url.hash = "";
    return { ...file, url: url.href, name };
  }
}

function tooMany(): ProgImageError {
  const message = "Cannot fetch image as too many others are being fetched: try again";
  return new ProgImageError("busy", message, { details: { retryAfter: 1 } });
}

/** @throws {ProgImageError} `source_not_found`, `source_unreachable` */
function checkStatus(response: IncomingMessage, place: string): void {
  const { statusCode = 0 } = response;
  if (statusCode === 200) return;
  if (ABSENT_STATUSES.has(statusCode)) {
    throw new ProgImageError(
      "source_not_found",
      `Cannot fetch from ${place} as it must have such an image: it answered ${statusCode}`,
    );
  }
  throw sourceUnreachable(place, `it must answer 200: it answered ${statusCode}`);
}

/** @throws {ProgImageError} `source_refused` for a redirect from https to http, `source_unreachable` for one without a valid URL */
function redirectTarget({ headers }: IncomingMessage, url: URL, place: string): URL {
  const target = URL.parse(headers.location ?? "", url);
  if (headers.location === undefined || !target) {
    throw sourceUnreachable(place, "it must redirect to a URL: it does not");
  }
  if (url.protocol === "https:" && target.protocol === "http:") {
    throw sourceRefused(place, "what begins with https must stay with it: it redirects to http");
  }
  return target;
}
