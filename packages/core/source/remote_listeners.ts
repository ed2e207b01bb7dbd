import core from "../package.json";
import { FetchClock } from "./fetch_clock.ts";
import { findAddresses, type Resolve, resolveBySystem } from "./find_addresses.ts";
import { guardedRequest, type PostedMessage } from "./guarded_request.ts";
import { HostList } from "./host_list.ts";
import { checkSourceUrl, hostOf, parseSourceUrl } from "./source_url.ts";

/** Options for {@linkcode RemoteListeners}. */
export interface RemoteListenersOptions {
  /** The timeout from name lookup to the head of the response, in milliseconds. @default {10_000} */
  readonly deadlineMs?: number;
  /** Hosts that may be in an internal network. All others must be public. @default {[]} */
  readonly allowHosts?: readonly string[];
  /** @default {"ProgImage/<version>"} */
  readonly userAgent?: string;
  /** Certificate authorities in PEM that replace the system's. */
  readonly authorities?: string;
  /** Resolves a name to its addresses. @default {resolveBySystem} */
  readonly resolve?: Resolve;
}

/** Sends messages to URLs that untrusted clients provide, under the same rules as fetches for them. */
export class RemoteListeners {
  readonly #options: Required<Omit<RemoteListenersOptions, "allowHosts" | "authorities">> &
    Pick<RemoteListenersOptions, "authorities">;
  readonly #allowHosts: HostList;

  /** @throws {RangeError} for an invalid entry of `allowHosts` */
  constructor({ allowHosts = [], ...options }: RemoteListenersOptions = {}) {
    this.#allowHosts = new HostList(allowHosts);
    this.#options = {
      ...options,
      deadlineMs: options.deadlineMs ?? 10_000,
      userAgent: options.userAgent ?? `ProgImage/${core.version}`,
      resolve: options.resolve ?? resolveBySystem,
    };
  }

  /**
   * Checks whether messages may be sent to a URL, as far as is known now.
   *
   * @throws {ProgImageError} `invalid_parameter`, `source_refused`, `source_unreachable` for a name without an address
   */
  async check(address: string): Promise<void> {
    const url = parseSourceUrl(address);
    using clock = this.#clockFor(url);
    await this.#addressesOf(url, clock);
  }

  /**
   * Sends a message. Returns the status of the response, whose body is not read. Follows no redirects.
   *
   * @throws {ProgImageError} the errors of {@linkcode RemoteListeners.check}, `source_unreachable`, `cancelled`
   */
  async post(
    address: string,
    post: PostedMessage,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    const { userAgent, authorities } = this.#options;
    const url = parseSourceUrl(address);
    using clock = this.#clockFor(url, signal);
    const addresses = await this.#addressesOf(url, clock);
    const response = await guardedRequest(url, {
      addresses,
      clock,
      place: hostOf(url),
      userAgent,
      authorities,
      post,
    });
    response.destroy();
    return response.statusCode ?? 0;
  }

  #clockFor(url: URL, signal?: AbortSignal): FetchClock {
    const { deadlineMs } = this.#options;
    return new FetchClock(hostOf(url), { deadlineMs, idleMs: deadlineMs, signal });
  }

  async #addressesOf(url: URL, clock: FetchClock): Promise<readonly string[]> {
    const place = hostOf(url);
    checkSourceUrl(url, place, this.#allowHosts);
    const options = { allowHosts: this.#allowHosts, resolve: this.#options.resolve };
    return await clock.race(() => findAddresses(url, place, options));
  }
}
