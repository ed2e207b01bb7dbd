import type { Spool } from "../blob/spool.ts";
import { SingleFlight } from "../derivative/single_flight.ts";
import { ProgImageError } from "../error.ts";
import type { FetchRemoteOptions, RemoteFile, RemoteSources } from "./remote_sources.ts";
import { blameParameter } from "./source_error.ts";
import { parseSourceUrl } from "./source_url.ts";

/**
 * Other sources, asked once for what is asked for several times while it is on its way. All get the same file, which goes when the
 * last of them disposes of it; whoever leaves early does not disturb the others.
 */
export class SharedRemoteSources implements RemoteSources {
  readonly #sources: RemoteSources;
  /** By where the bytes go: a file in one folder is of no use in another. */
  readonly #flights = new Map<Spool | undefined, SingleFlight<SharedFile>>();

  constructor(sources: RemoteSources) {
    this.#sources = sources;
  }

  async fetch(address: string, { parameter, into, signal }: FetchRemoteOptions = {}): Promise<RemoteFile> {
    try {
      signal?.throwIfAborted();
      const url = parseSourceUrl(address);
      url.hash = "";
      const shared = await this.#flightsInto(into).run(
        url.href,
        async (stop) => new SharedFile(await this.#sources.fetch(address, { into, signal: stop })),
        signal,
      );
      return shared.forOne();
    } catch (error) {
      if (!signal?.aborted) throw blameParameter(error, parameter);
      throw new ProgImageError("cancelled", "Cannot fetch image: nobody waits for it any more");
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

/** A file with several holders. It goes when each has disposed of it. */
class SharedFile {
  readonly #file: RemoteFile;
  #holders = 0;

  constructor(file: RemoteFile) {
    this.#file = file;
  }

  /** Says how many hold it. If it is nobody, it goes: what cannot be removed then is swept later. */
  handOut(holders: number): void {
    this.#holders = holders;
    if (holders === 0) void Promise.resolve(this.#file[Symbol.asyncDispose]()).catch(() => {});
  }

  /** Gives the file to one of its holders. */
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
