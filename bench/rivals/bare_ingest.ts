import { join } from "node:path";
import { cpuMilliseconds } from "@progimage/server/testing";

/** The task of a bare loop. */
export interface BareIngestOrder {
  readonly count: number;
  readonly atATime: number;
  /** Whether rows that are ready at the same time are committed together. */
  readonly isGrouped: boolean;
}

/** The setup of a bare loop. */
export interface BareIngestSetUp {
  /** The folder for its files. */
  readonly folder: string;
  /** The JPEG whose copies it takes in, each with different bytes. */
  readonly picture: string;
  /** The number of processes that probe. */
  readonly probeProcesses: number;
}

const PROGRAM = join(import.meta.dir, "bare_ingest_process.ts");

/**
 * The least work of a durable upload, in one process: a file is written, hashed, probed by another process, synced and linked into place.
 * Then its folder is synced, and a row is inserted.
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

  /** Takes in images. Returns the seconds in all, and the CPU milliseconds of each image. */
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
