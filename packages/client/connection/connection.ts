import { ConnectionError, errorOf, ProgImageError, TimeoutError } from "./errors.ts";
import { readProblem } from "./problem.ts";
import { readRetryOptions, retryDelay, type RetryOptions, wait } from "./retry.ts";

/** A function that sends requests, with the signature of the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Options for {@linkcode ProgImage}. */
export interface ProgImageOptions {
  /** The URL of the server, including its path if it has one: `https://example.com/images-api`. */
  readonly baseUrl: string | URL;
  /**
   * The key of the caller, or a JSON Web Token: each request has it as `Authorization: Bearer`. A function is called for each attempt, so
   * that it can renew what it returns. Keys belong on servers: a page uploads with `uploadTo`.
   */
  readonly key?: string | (() => string | Promise<string>);
  /** Sends the requests. @default {globalThis.fetch} */
  readonly fetch?: Fetch;
  /** Headers of every request. */
  readonly headers?: HeadersInit;
  /**
   * Milliseconds until a response must begin, and for JSON also end; 0 means no timeout. Uploads, and purges of many images, take as long
   * as they need: only a call's own timeout applies to them. @default {30_000}
   */
  readonly timeout?: number;
  /**
   * When a request is sent again; a number is the limit. This applies to each GET, HEAD, PUT and DELETE, and to each POST with an
   * idempotency key. The reasons are a broken connection, a 408, 425, 429, 502, 503 or 504, and any other 5xx that the server calls
   * retryable. @default {2}
   */
  readonly retry?: number | RetryOptions;
}

/** Options that every method takes. */
export interface CallOptions {
  /** Cancels the request: the method throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the response to this call must begin. */
  readonly timeout?: number;
}

/** The body of one attempt, with the headers that it needs. */
export interface OpenBody {
  readonly body: BodyInit;
  readonly headers?: HeadersInit;
  /** Releases the opened resources, whether the body was sent or not. */
  close(): Promise<void>;
}

/** The request to send. */
export interface Call extends CallOptions {
  /** @default {"GET"} */
  readonly method?: string;
  readonly headers?: HeadersInit;
  /** The body, or a function that opens it for each attempt. */
  readonly body?: BodyInit | (() => Promise<OpenBody>);
  /** Whether the body cannot be read again, so that the request cannot be retried. */
  readonly isSpent?: boolean;
  /** Whether the response may be long: the timeout then ends when it begins. */
  readonly isLong?: boolean;
}

const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Redirects are refused, as one would turn a POST into a GET. Without redirects Node sends a stream without keeping a copy of it. Streams
 * need `duplex`.
 *
 * @see https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
const UNREPEATABLE = { redirect: "error", duplex: "half" } as const;

/** Sends requests to one server, with timeouts and retries, and turns failures into errors. */
export class Connection {
  readonly baseUrl: string;
  readonly #fetch: Fetch;
  readonly #headers: Headers;
  readonly #key: ProgImageOptions["key"];
  readonly #timeout: number;
  readonly #retry: Required<RetryOptions>;

  constructor(options: ProgImageOptions) {
    const { origin, protocol, pathname } = new URL(options.baseUrl);
    if (!protocol.startsWith("http"))
      throw new TypeError(`Cannot use ${options.baseUrl} as base URL: it must be http or https`);
    this.baseUrl = origin + pathname.replace(/\/+$/, "");
    this.#fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.#headers = new Headers(options.headers);
    this.#key = options.key;
    if (this.#key !== undefined && this.#headers.has("authorization"))
      throw new TypeError("Cannot use both key and a header Authorization: give one of them");
    this.#timeout = options.timeout ?? 30_000;
    this.#retry = readRetryOptions(options.retry);
  }

  /**
   * Sends a request to a path below the base URL and returns the result of `read` for the response.
   *
   * @throws {ProgImageError} if the server refuses the request or fails
   * @throws {ConnectionError} if no response came
   */
  async send<T>(path: string, call: Call, read: (response: Response) => T | Promise<T>): Promise<T> {
    const timeout = call.timeout || this.#timeout || Number.POSITIVE_INFINITY;
    const endsAt = Date.now() + timeout;
    for (let before = 0; ; before++) {
      const { body, headers, close } = await openBody(call.body);
      const opened = { ...call, headers: mergeHeaders(new Headers(call.headers), headers), body };
      try {
        return await this.#try(path, opened, read);
      } catch (error) {
        const longestWait = call.timeout === 0 ? timeout : endsAt - Date.now();
        const delay = mayRepeat(call, error) ? retryDelay({ error, before, longestWait }, this.#retry) : null;
        if (delay === null) throw error;
        await wait(delay, call.signal);
      } finally {
        await close?.();
      }
    }
  }

  async #try<T>(path: string, call: OpenCall, read: (response: Response) => T | Promise<T>): Promise<T> {
    const { method = "GET", body, signal, timeout = this.#timeout } = call;
    const url = this.baseUrl + path;
    const ownHeaders = await this.#ownHeaders();
    const clock = new AbortController();
    const late = (): void =>
      clock.abort(new TimeoutError(`Cannot wait longer for ${method} ${url}: ${timeout} ms have passed`));
    const timer = timeout > 0 && timeout <= LONGEST_TIMER ? setTimeout(late, timeout) : undefined;
    const init = {
      ...(method === "GET" ? {} : UNREPEATABLE),
      method,
      body,
      headers: mergeHeaders(ownHeaders, call.headers),
      signal: signal ? AbortSignal.any([signal, clock.signal]) : clock.signal,
    };
    try {
      const response = await this.#fetch(url, init);
      if (response.status >= 400) throw errorOf(await readProblem(response), response);
      if (call.isLong) clearTimeout(timer);
      return await read(response);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (clock.signal.aborted) throw clock.signal.reason;
      if (error instanceof ProgImageError) throw error;
      throw new ConnectionError(`Cannot get an answer to ${method} ${url}: ${reasonOf(error)}`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** `fetch` removes `Authorization` where a redirect leads to another origin, such as to a storage. */
  async #ownHeaders(): Promise<Headers> {
    if (this.#key === undefined) return this.#headers;
    const key = typeof this.#key === "string" ? this.#key : await this.#key();
    return mergeHeaders(this.#headers, { authorization: `Bearer ${key}` });
  }
}

/** A request with the body of one attempt. */
interface OpenCall extends Call {
  readonly headers: Headers;
  readonly body?: BodyInit;
}

const REPEATABLE_METHODS: readonly string[] = ["GET", "HEAD", "PUT", "DELETE"];

/** Whether the request can be sent again without being done twice. One that was refused for its rate was not done at all. */
function mayRepeat({ method = "GET", headers, isSpent }: Call, error: unknown): boolean {
  if (isSpent) return false;
  if (error instanceof ProgImageError && error.code === "rate_limited") return true;
  if (REPEATABLE_METHODS.includes(method)) return true;
  return method === "POST" && new Headers(headers).has("idempotency-key");
}

async function openBody(body: Call["body"]): Promise<Partial<OpenBody>> {
  return typeof body === "function" ? await body() : { body };
}

/** Reads the JSON of a response. */
export async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  try {
    return JSON.parse(text) as T;
  } catch {
    const { status, url } = response;
    const detail = `Cannot read the answer of ${url || "the server"} as it is not JSON: is the base URL right?`;
    const problem = { type: "about:blank", title: "Not JSON", status, detail, code: "unexpected_answer" };
    throw new ProgImageError({ ...problem, retryable: false }, response);
  }
}

function mergeHeaders(base: Headers, more: HeadersInit | undefined): Headers {
  const headers = new Headers(base);
  new Headers(more).forEach((value, name) => headers.set(name, value));
  return headers;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message ? error.cause.message : error.message;
}
