import { sweepJobs, sweepStorage } from "@progimage/core";
import type { Composition } from "./compose.ts";
import type { Config } from "./config.ts";
import type { Logger } from "./log.ts";

type SweeperConfig = Pick<Config, "blobGraceMs" | "leftoverAgeMs" | "sweepIntervalMs">;

/** Clears away what nobody needs, round by round in the background, as long as the server runs. */
export class Sweeper {
  readonly #composition: Composition;
  readonly #config: SweeperConfig;
  readonly #log: Logger;
  readonly #holder = crypto.randomUUID();
  #round = Math.floor(Math.random() * 256);
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isStopped = false;

  constructor(composition: Composition, config: SweeperConfig, log: Logger) {
    this.#composition = composition;
    this.#config = config;
    this.#log = log;
    this.#schedule();
  }

  /** Lets no further round begin. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(
      () => void this.#sweep().finally(() => this.#schedule()),
      this.#config.sweepIntervalMs,
    );
  }

  async #sweep(): Promise<void> {
    const { ports, sweepLeftovers } = this.#composition;
    const { blobGraceMs: grace, leftoverAgeMs } = this.#config;
    try {
      const leftovers = await sweepLeftovers(ports.now() - leftoverAgeMs);
      const swept = await sweepStorage(ports, { holder: this.#holder, grace, round: this.#round++ });
      const jobs = swept && (await sweepJobs(ports));
      const evicted = swept && (await ports.derivatives.evict());
      this.#log.debug({ leftovers, ...swept, jobs, evicted }, "swept");
    } catch (error) {
      this.#log.error({ err: error }, "Cannot sweep: the next round tries again");
    }
  }
}
