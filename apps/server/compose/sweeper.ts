import {
  followFrom,
  followRemovals,
  type FollowedTo,
  isLeasing,
  scrubBlobs,
  type Swept,
  sweepJobs,
  sweepStorage,
} from "@progimage/core";
import type { Composition } from "./compose.ts";
import type { Config } from "../settings/config.ts";
import type { Logger } from "../program/log.ts";
import { CLOCK_OFF, findClockNotices, findNotices, type Notice } from "./notices.ts";

type SweeperConfig = Pick<
  Config,
  | "blobGraceMs"
  | "deletedGraceMs"
  | "leftoverAgeMs"
  | "quarantineMs"
  | "scrubBytesPerDay"
  | "sweepIntervalMs"
  | "uploadDeadlineMs"
>;

/** Used upload tokens whose records are deleted in one round. */
const TOKENS_AT_A_TIME = 1_000;

const DAY = 86_400_000;

/** The parts of a server that the sweeper uses. */
type SweeperParts = Pick<Composition, "clock" | "ports" | "sweepLeftovers">;

/** Maintains the storage in rounds in the background, as long as the server runs. */
export class Sweeper {
  readonly #composition: SweeperParts;
  readonly #config: SweeperConfig;
  readonly #log: Logger;
  readonly #holder = crypto.randomUUID();
  readonly #foreignFiles = new Set<string>();
  #followedTo: FollowedTo;
  #notices: readonly Notice[] = [];
  readonly #stopping = new AbortController();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(composition: SweeperParts, config: SweeperConfig, log: Logger) {
    this.#composition = composition;
    this.#config = config;
    this.#log = log;
    // Copies in a cache on disk may be older than this start; copies in memory are not.
    const { blobs, now } = composition.ports;
    this.#followedTo = followFrom(isLeasing(blobs) ? 0 : now());
    void this.#run("check the storage", () => this.#look()).finally(() => this.#schedule());
  }

  /** The notices for the operator, from the last round. */
  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** Prevents further rounds, and makes the current one end soon. */
  stop(): void {
    this.#stopping.abort();
    if (this.#timer) clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#stopping.signal.aborted) return;
    this.#timer = setTimeout(
      () => void this.#sweep().finally(() => this.#schedule()),
      this.#config.sweepIntervalMs,
    );
  }

  async #sweep(): Promise<void> {
    const { ports, sweepLeftovers } = this.#composition;
    // The age of local files is measured by the clock of this machine.
    const leftovers = await this.#run("remove leftovers", () =>
      sweepLeftovers(Date.now() - this.#config.leftoverAgeMs),
    );
    const swept = await this.#run("sweep", () => this.#sweepStorage());
    // `null` if another process has the lease and sweeps. After a failed sweep the other steps still run.
    if (swept !== null) {
      const jobs = await this.#run("sweep jobs", () => sweepJobs(ports));
      const tokens = await this.#run("forget tokens", () => this.#forgetTokens());
      const evicted = await this.#run("evict", () => ports.derivatives.evict());
      // If the store may be the wrong one, all images would count as missing.
      if (swept?.fault === null) await this.#run("scrub", () => this.#scrub());
      const { failures: _failures, fault: _fault, ...counts } = swept ?? {};
      this.#log.debug({ leftovers, ...counts, jobs, tokens, evicted }, "swept");
    } else {
      this.#log.debug({ leftovers }, "another process sweeps");
    }
    await this.#run("remove copies", () => this.#follow());
    await this.#run("check the storage", () => this.#look());
  }

  async #sweepStorage(): Promise<Swept | null> {
    // Bytes are removed by the current time of the database, so the clock is synchronized first.
    await this.#composition.clock.sync();
    const { blobGraceMs: grace, deletedGraceMs: deletedGrace, quarantineMs: quarantineTime } = this.#config;
    const { signal } = this.#stopping;
    const options = { holder: this.#holder, grace, deletedGrace, quarantineTime, signal };
    const swept = await sweepStorage(this.#composition.ports, options);
    for (const failure of swept?.failures ?? [])
      this.#log.error({ err: failure }, "Cannot sweep a part of the storage: the next round tries again");
    for (const name of swept?.foreignFiles ?? []) {
      if (this.#foreignFiles.has(name)) continue;
      this.#foreignFiles.add(name);
      this.#log.warn(
        { name },
        "Ignoring a file in the store of images: it is no stored image, or has no time",
      );
    }
    return swept;
  }

  /** An upload that began before its token expired must still find that the token was used. The day is for storing its bytes. */
  async #forgetTokens(): Promise<number> {
    const { ports } = this.#composition;
    const expiredBefore = ports.now() - this.#config.uploadDeadlineMs - DAY;
    return await ports.tokens.forget(expiredBefore, TOKENS_AT_A_TIME);
  }

  async #scrub(): Promise<void> {
    const bytes = (this.#config.scrubBytesPerDay * this.#config.sweepIntervalMs) / DAY;
    if (bytes === 0) return;
    const { damaged, healed, ...counts } = await scrubBlobs(this.#composition.ports, { bytes });
    for (const key of healed) this.#log.warn({ key }, "The bytes of a stored image are right again");
    this.#log.debug({ ...counts, damaged: damaged.length }, "scrubbed");
  }

  async #follow(): Promise<void> {
    this.#followedTo = await followRemovals(this.#composition.ports, this.#followedTo);
  }

  /** Updates the notices, and logs each new one once. */
  async #look(): Promise<void> {
    const { clock, ports } = this.#composition;
    const ofClock = findClockNotices(clock);
    this.#say(ofClock);
    // Immediately: the storage may not answer.
    this.#notices = [...ofClock, ...this.#notices.filter(({ code }) => code !== CLOCK_OFF)];
    const ofStorage = await findNotices(ports);
    this.#say(ofStorage);
    this.#notices = [...ofClock, ...ofStorage];
  }

  /** Logs new notices. For a clock notice only the code counts, because its difference changes all the time. */
  #say(notices: readonly Notice[]): void {
    const saying = ({ code, detail }: Notice) => (code === CLOCK_OFF ? code : detail);
    const said = new Set(this.#notices.map(saying));
    for (const notice of notices)
      if (!said.has(saying(notice))) this.#log.error({ code: notice.code }, notice.detail);
  }

  /** Runs one step. A failure does not stop the others. */
  async #run<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#log.error({ err: error }, `Cannot ${name}: the next round tries again`);
      return undefined;
    }
  }
}
