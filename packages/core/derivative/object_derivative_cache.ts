import type { ObjectStore } from "../object/object_store.ts";
import { mkdir, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { writeNewFile } from "../blob/gathering_writer.ts";

import type { Derivative, DerivativeCache, DerivativePlace, ForgetOptions } from "./derivative_cache.ts";
import { isKeyOfOwner, sourceOfKey } from "./derivative_key.ts";
import { openSealedFile, SEAL_BYTES } from "./sealed_file.ts";
import { SingleFlight } from "./single_flight.ts";
import { UploadBacklog } from "./upload_backlog.ts";

/** Options for {@linkcode ObjectDerivativeCache}. */
export interface ObjectDerivativeCacheOptions {
  /** The prefix of all keys in the bucket. @default {""} */
  readonly prefix?: string;
  /** The number of derivatives that may wait for their upload; further ones are not uploaded. @default {1_000} */
  readonly backlog?: number;
}

/** How long the bucket is not asked after a failure, because rendering is faster. */
const REST_MILLISECONDS = 5_000;

/** The timeout of a lookup in the bucket, in milliseconds. Many renders take less. */
const LOOK_MILLISECONDS = 2_000;

/** The number of concurrent removals. */
const REMOVALS = 8;

/**
 * Another cache on the local disk, whose derivatives are also stored as objects of an S3 bucket, under `derivatives/{key}`. Other nodes
 * find them there, sealed. Uploads follow after the response and are dropped if too many wait; other nodes then render again. The local
 * cache has a size limit; the bucket relies on a lifecycle rule.
 */
export class ObjectDerivativeCache implements DerivativeCache {
  readonly #local: DerivativeCache;
  readonly #objects: ObjectStore;
  readonly #folder: string;
  readonly #backlog: UploadBacklog;
  readonly #downloads = new SingleFlight<Derivative | null>();
  #restsUntil = 0;

  constructor(
    local: DerivativeCache,
    objects: ObjectStore,
    { prefix = "", backlog = 1_000 }: ObjectDerivativeCacheOptions = {},
  ) {
    this.#local = local;
    this.#objects = objects;
    this.#folder = `${prefix}derivatives/`;
    this.#backlog = new UploadBacklog(
      ({ key, path, bytes }) => objects.put(this.#folder + key, path, { use: "background", bytes }),
      { capacity: backlog },
    );
  }

  async find(key: string): Promise<Derivative | null> {
    return (await this.#local.find(key)) ?? (await this.#downloads.run(key, () => this.#download(key)));
  }

  recall(key: string): Derivative | null {
    return this.#local.recall(key);
  }

  async reserve(key: string): Promise<DerivativePlace> {
    const place = await this.#local.reserve(key);
    return {
      ...place,
      keep: async (bytes) => {
        const derivative = await place.keep(bytes);
        this.#backlog.add({ key, path: place.target, bytes: bytes + SEAL_BYTES });
        return derivative;
      },
    };
  }

  evict(): Promise<number> {
    return this.#local.evict();
  }

  async forget(sources: readonly string[], options?: ForgetOptions): Promise<number> {
    const here = await this.#withoutUploads(sources, () => this.#local.forget(sources, options));
    let there = 0;
    for (const source of new Set(sources)) there += await this.#remove(`${source}-`, () => true, options);
    return Math.max(here, there);
  }

  async forgetCopies(sources: readonly string[]): Promise<number> {
    return await this.#withoutUploads(sources, () => this.#local.forgetCopies(sources));
  }

  async clear(owner: string, options?: ForgetOptions): Promise<number> {
    const isOwn = (key: string) => isKeyOfOwner(key, owner);
    const waiting = this.#backlog.drop(isOwn);
    const here = await this.#local.clear(owner, options);
    await waiting;
    return Math.max(here, await this.#remove("", isOwn, options));
  }

  async sources(shard: string): Promise<readonly string[]> {
    const found = new Set(await this.#local.sources(shard));
    for await (const beginning of this.#objects.beginnings(this.#folder + shard, "-"))
      found.add(sourceOfKey(beginning.slice(this.#folder.length)));
    return [...found];
  }

  /** Resolves when no uploads are waiting or running. */
  async settled(): Promise<void> {
    await this.#backlog.settled();
  }

  /** Runs work after dropping the waiting uploads of some sources. Resolves when their running uploads have ended too. */
  async #withoutUploads<T>(sources: readonly string[], work: () => Promise<T>): Promise<T> {
    const dropped = new Set(sources);
    const waiting = this.#backlog.drop((key) => dropped.has(sourceOfKey(key)));
    const result = await work();
    await waiting;
    return result;
  }

  /** Downloads a derivative of another node to the local disk; `null` if there is none or the lookup fails or takes too long. */
  async #download(key: string): Promise<Derivative | null> {
    if (performance.now() < this.#restsUntil) return null;
    const look = new AbortController();
    const timer = setTimeout(() => look.abort(), LOOK_MILLISECONDS);
    try {
      const found = await this.#objects.read(this.#folder + key, { use: "read", signal: look.signal });
      clearTimeout(timer);
      return found && (await this.#keep(key, found.body));
    } catch {
      this.#restsUntil = performance.now() + REST_MILLISECONDS;
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Stores a download on the local disk; returns `null` for a damaged object, which the next render overwrites. */
  async #keep(key: string, body: AsyncIterable<Uint8Array>): Promise<Derivative | null> {
    const place = await this.#local.reserve(key);
    try {
      await writeNewFile(place.output, body);
      const file = await openSealedFile(place.output);
      if (!file || file === "damaged") {
        await place.abandon();
        return null;
      }
      await mkdir(dirname(place.target), { recursive: true });
      await rename(place.output, place.target);
      return await place.keep(file.bytes);
    } catch (error) {
      await place.abandon();
      throw error;
    }
  }

  async #remove(
    beginning: string,
    isIn: (key: string) => boolean,
    { unusedSince = Infinity }: ForgetOptions = {},
  ): Promise<number> {
    let removed = 0;
    const removing = new Set<Promise<void>>();
    for await (const { key, modifiedAt } of this.#objects.list(this.#folder + beginning)) {
      if (modifiedAt >= unusedSince || !isIn(key.slice(this.#folder.length))) continue;
      const removal = this.#objects.remove(key, "background").finally(() => removing.delete(removal));
      removing.add(removal);
      removed++;
      if (removing.size >= REMOVALS) await Promise.race(removing);
    }
    await Promise.all(removing);
    return removed;
  }
}
