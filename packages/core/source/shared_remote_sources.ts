import type { Spool } from "../blob/spool.ts";
import { SingleFlight } from "../derivative/single_flight.ts";
import { ProgImageError } from "../error.ts";
import type { FetchRemoteOptions, RemoteFile, RemoteSources } from "./remote_sources.ts";
import { blameParameter } from "./source_error.ts";
import { parseSourceUrl } from "./source_url.ts";

/** Running fetches by the spool of their bytes, because a file in one folder is of no use in another. */
type Flights = Map<Spool | undefined, SingleFlight<SharedFile>>;

/**
 * Merges concurrent fetches of the same URL by one owner from other sources. All callers share one file, which is removed when the last of
 * them disposes of it. A caller that leaves early does not affect the others.
 */
export class SharedRemoteSources implements RemoteSources {
  readonly #sources: RemoteSources;
  readonly #owner: string;
  readonly #flights: Flights;

  constructor(sources: RemoteSources, owner = "", flights: Flights = new Map()) {
    this.#sources = sources;
    this.#owner = owner;
    this.#flights = flights;
  }

  of(owner: string): RemoteSources {
    return new SharedRemoteSources(this.#sources.of(owner), owner, this.#flights);
  }

  async fetch(address: string, { parameter, into, signal }: FetchRemoteOptions = {}): Promise<RemoteFile> {
    try {
      signal?.throwIfAborted();
      const url = parseSourceUrl(address);
      url.hash = "";
      const shared = await this.#flightsInto(into).run(
        `${this.#owner} ${url.href}`,
        async (stop) => new SharedFile(await this.#sources.fetch(address, { into, signal: stop })),
        signal,
      );
      return shared.forOne();
    } catch (error) {
      if (!signal?.aborted) throw blameParameter(error, parameter);
      throw new ProgImageError("cancelled", "Cannot fetch image as the request for it was cancelled");
    }
  }

  #flightsInto(into: Spool | undefined): SingleFlight<SharedFile> {
    const flights =
      this.#flights.get(into) ??
      new SingleFlight({ onResult: (file: SharedFile, holders) => file.handOut(holders) });
    this.#flights.set(into, flights);
    return flights;
  }
}

/** A file with several holders. It is removed when all of them have disposed of it. */
class SharedFile {
  readonly #file: RemoteFile;
  #holders = 0;

  constructor(file: RemoteFile) {
    this.#file = file;
  }

  /** Sets the number of holders. Without any, the file is removed; if that fails, it is swept later. */
  handOut(holders: number): void {
    this.#holders = holders;
    if (holders === 0) void Promise.resolve(this.#file[Symbol.asyncDispose]()).catch(() => {});
  }

  /** Returns the file for one of its holders. */
  forOne(): RemoteFile {
    let isHeld = true;
    const dispose = async () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holders--;
      if (this.#holders === 0) await this.#file[Symbol.asyncDispose]();
    };
    return { ...this.#file, [Symbol.asyncDispose]: dispose };
  }
}
