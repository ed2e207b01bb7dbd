import { readdir } from "node:fs/promises";
import { Spool } from "../blob/spool.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { RemoteFetcher, type RemoteFetcherOptions } from "./remote_fetcher.ts";

/** A fetcher with its own spool. */
export interface TestFetcher extends AsyncDisposable {
  readonly fetcher: RemoteFetcher;
  /** Resolves when the first bytes of a fetch are in the spool. */
  readonly arrived: Promise<void>;
  /** Returns the names of the files in the spool. */
  readonly spooled: () => Promise<readonly string[]>;
}

/** Makes a {@linkcode TestFetcher} that asks no name server. Names are unknown unless the test resolves them. */
export async function testFetcher(
  options: Omit<RemoteFetcherOptions, "spool"> & { readonly capacity?: number } = {},
): Promise<TestFetcher> {
  const folder = await testFolder();
  const spool = new Spool(folder.path, { capacity: options.capacity ?? 100_000_000 });
  const arrived = Promise.withResolvers<void>();
  const receive = spool.receive.bind(spool);
  spool.receive = (source, limits) => receive(source, { ...limits, onProgress: () => arrived.resolve() });
  const resolve = async (hostname: string) => {
    throw new Error(`There is no ${hostname}`);
  };
  return {
    fetcher: new RemoteFetcher({ resolve, ...options, spool }),
    arrived: arrived.promise,
    spooled: () => readdir(folder.path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
