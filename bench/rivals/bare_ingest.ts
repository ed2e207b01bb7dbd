import { join } from "node:path";
import { cpuMilliseconds } from "@progimage/server/testing";

/** What a bare loop takes in. */
export interface BareIngestOrder {
  readonly count: number;
  readonly atATime: number;
  /** Rows that are ready at the same time are committed together. */
  readonly isGrouped: boolean;
}

/** What a bare loop starts with. */
export interface BareIngestSetUp {
  /** A folder for what it takes in. */
  readonly folder: string;
  /** The JPEG of which it takes in copies that differ. */
  readonly picture: string;
  /** Processes that probe. */
  readonly probeProcesses: number;
}

const PROGRAM = join(import.meta.dir, "bare_ingest_process.ts");

/**
 * The least that a durable upload takes, in one process: a file is written, hashed, probed by another process, synced, linked to
 * its place, its folder synced, and a row inserted.
 */
export class BareIngest implements AsyncDisposable {
  #answer = Promise.withResolvers<number>();
  readonly #child;

  constructor(setUp: BareIngestSetUp) {
    this.#child = Bun.spawn([process.execPath, "--no-orphans", PROGRAM, JSON.stringify(setUp)], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, UV_THREADPOOL_SIZE: "16" },
      ipc: (seconds: number) => this.#answer.resolve(seconds),
      onExit: (_child, code) => this.#answer.reject(new Error(`Cannot take images in: exit code ${code}`)),
    });
  }

  /** Takes so many images in. Gives seconds, and how long processors worked for each, in milliseconds. */
  async take(order: BareIngestOrder): Promise<{ readonly seconds: number; readonly cpu: number }> {
    this.#answer = Promise.withResolvers<number>();
    const before = await cpuMilliseconds(this.#child.pid);
    this.#child.send(order);
    const seconds = await this.#answer.promise;
    return { seconds, cpu: ((await cpuMilliseconds(this.#child.pid)) - before) / order.count };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#answer.promise.catch(() => {});
    this.#child.kill();
    await this.#child.exited;
  }
}
