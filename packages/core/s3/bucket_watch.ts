import { type BucketFailure, BucketOutage, failureBehind } from "./bucket_error.ts";

/** Kinds of requests to a bucket, each of which can fail separately. */
export const BUCKET_ABILITIES = ["read", "write", "remove", "list"] as const;

/** A kind of request that a server needs. */
export type BucketAbility = (typeof BUCKET_ABILITIES)[number];

/** The abilities that a bucket lacks, with the causes. */
export interface BucketFault {
  /** The cause by failing ability. Empty for a bucket that is only slow. */
  readonly failing: ReadonlyMap<BucketAbility, BucketFailure>;
  readonly isSlow: boolean;
}

/** Options for {@linkcode BucketWatch}. */
export interface BucketWatchOptions {
  /** Each sends a minimal request of its kind and rejects on failure. They must not report to this watch. */
  readonly probes: Readonly<Record<BucketAbility, () => Promise<unknown>>>;
  /** Called once when a fault begins, again if more abilities fail, and with `null` when it is over. */
  readonly onChange: (fault: BucketFault | null) => void;
  /** The time between two checks of a failing bucket, in milliseconds. @default {1_000} */
  readonly pause?: number;
  /** The timeout of a probe, in milliseconds. @default {4_000} */
  readonly probeTimeout?: number;
  /** How long a failed request prolongs the fault although probes succeed, in milliseconds. @default {2_000} */
  readonly quiet?: number;
}

/** A response that takes longer is slow, in milliseconds. */
export const SLOW_ANSWER_MILLISECONDS = 1_000;

/** The result of a probe. */
interface Finding {
  readonly failure: BucketFailure | null;
  readonly isSlow: boolean;
}

/**
 * Finds out which abilities a bucket lacks. After a failed or slow request, it sends a probe of each kind repeatedly until all succeed. It
 * sends no probes while no requests fail.
 */
export class BucketWatch implements Disposable {
  readonly #probes: BucketWatchOptions["probes"];
  readonly #onChange: BucketWatchOptions["onChange"];
  readonly #pause: number;
  readonly #probeTimeout: number;
  readonly #quiet: number;
  /** The last failed request of each kind, and its time. */
  readonly #failed = new Map<BucketAbility, { readonly failure: BucketFailure; readonly at: number }>();
  /** The abilities that were reported as failing since the fault began. */
  readonly #said = new Set<BucketAbility | "speed">();
  #fault: BucketFault | null = null;
  #isLooking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ probes, onChange, pause = 1_000, probeTimeout = 4_000, quiet = 2_000 }: BucketWatchOptions) {
    this.#probes = probes;
    this.#onChange = onChange;
    this.#pause = pause;
    this.#probeTimeout = probeTimeout;
    this.#quiet = quiet;
  }

  /** The current fault; `null` if there is none. */
  get fault(): BucketFault | null {
    return this.#fault;
  }

  /** Takes a request that has failed after all retries, with its cause; `null` for a slow one. */
  readonly see = (ability: BucketAbility, failure: BucketFailure | null): void => {
    if (failure) this.#failed.set(ability, { failure, at: performance.now() });
    if (!this.#fault) void this.#look();
  };

  /** Returns why the bucket cannot be read now, or `null` if it can. */
  async findUnreadable(): Promise<BucketFailure | null> {
    const { failure } = await this.#probe("read");
    if (failure) this.see("read", failure);
    else if (this.#fault) void this.#look();
    return failure;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    clearTimeout(this.#timer);
    this.#conclude(await this.#diagnose());
    this.#isLooking = false;
    if (!this.#fault) return;
    this.#timer = setTimeout(() => void this.#look(), this.#pause);
    this.#timer.unref();
  }

  async #diagnose(): Promise<BucketFault | null> {
    const failing = new Map<BucketAbility, BucketFailure>();
    const { failure, isSlow } = await this.#probe("read");
    if (failure?.isOutage) {
      // During an outage everything else fails too.
      for (const ability of BUCKET_ABILITIES) failing.set(ability, failure);
      return { failing, isSlow: false };
    }
    if (failure) failing.set("read", failure);
    const hasFailed = failure !== null || this.#failed.size > 0 || (this.#fault?.failing.size ?? 0) > 0;
    // Writing has a cost, so it is not tried for a bucket that is only slow.
    if (hasFailed) await this.#probeOthers(failing);
    this.#addRequests(failing);
    return failing.size > 0 || isSlow ? { failing: inOrder(failing), isSlow } : null;
  }

  async #probeOthers(failing: Map<BucketAbility, BucketFailure>): Promise<void> {
    const others = BUCKET_ABILITIES.filter((ability) => ability !== "read");
    const findings = await Promise.all(others.map((ability) => this.#probe(ability)));
    for (const [index, ability] of others.entries()) {
      const failure = findings[index]?.failure;
      if (failure) failing.set(ability, failure);
    }
  }

  /** Adds recently failed requests, because probes do not cover everything that requests do. */
  #addRequests(failing: Map<BucketAbility, BucketFailure>): void {
    for (const [ability, { failure, at }] of this.#failed) {
      if (performance.now() - at > this.#quiet) this.#failed.delete(ability);
      else if (!failing.has(ability)) failing.set(ability, failure);
    }
  }

  #conclude(fault: BucketFault | null): void {
    const had = this.#fault !== null;
    this.#fault = fault;
    if (fault) {
      const said = this.#said.size;
      for (const ability of fault.failing.keys()) this.#said.add(ability);
      // A bucket that is recovering may be slow for a moment.
      if (fault.isSlow && said === 0) this.#said.add("speed");
      if (this.#said.size > said) this.#onChange(fault);
    } else if (had) {
      this.#said.clear();
      this.#onChange(null);
    }
  }

  async #probe(ability: BucketAbility): Promise<Finding> {
    const late = Promise.withResolvers<never>();
    const message = `S3 has not answered for ${this.#probeTimeout / 1_000} s`;
    const timer = setTimeout(() => late.reject(new BucketOutage(message)), this.#probeTimeout);
    const startedAt = performance.now();
    try {
      await Promise.race([this.#probes[ability](), late.promise]);
      return { failure: null, isSlow: performance.now() - startedAt > SLOW_ANSWER_MILLISECONDS };
    } catch (error) {
      return { failure: failureBehind(error), isSlow: false };
    } finally {
      clearTimeout(timer);
    }
  }
}

function inOrder(failing: ReadonlyMap<BucketAbility, BucketFailure>): BucketFault["failing"] {
  return new Map(
    [...failing].toSorted(
      ([one], [other]) => BUCKET_ABILITIES.indexOf(one) - BUCKET_ABILITIES.indexOf(other),
    ),
  );
}
