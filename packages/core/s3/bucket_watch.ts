import { type BucketFailure, BucketOutage, failureBehind } from "./bucket_error.ts";

/** Kinds of requests to a bucket, each of which can be refused by itself. */
export const BUCKET_ABILITIES = ["read", "write", "remove", "list"] as const;

/** An ability that a server needs of a bucket. */
export type BucketAbility = (typeof BUCKET_ABILITIES)[number];

/** The abilities that a bucket lacks, and why. */
export interface BucketTrouble {
  /** Why, by what fails. Empty for a bucket that is only slow. */
  readonly failing: ReadonlyMap<BucketAbility, BucketFailure>;
  readonly isSlow: boolean;
}

/** Options for {@linkcode BucketWatch}. */
export interface BucketWatchOptions {
  /** Each asks for very little of its kind, and rejects if it does not get that. They must not be watched themselves. */
  readonly probes: Readonly<Record<BucketAbility, () => Promise<unknown>>>;
  /** Hears once that a trouble begins, again if more fails than before, and that it is over: `null`. */
  readonly onChange: (trouble: BucketTrouble | null) => void;
  /** Time between two looks at a bucket in trouble, in milliseconds. @default {1_000} */
  readonly pause?: number;
  /** Time that a probe may take, in milliseconds. @default {4_000} */
  readonly patience?: number;
  /** For so long after a request has failed the trouble lasts, though probes go well, in milliseconds. @default {2_000} */
  readonly quiet?: number;
}

/** From here on an answer is slow, in milliseconds. */
export const SLOW_ANSWER_MILLISECONDS = 1_000;

/** The result of a probe. */
interface Finding {
  readonly failure: BucketFailure | null;
  readonly isSlow: boolean;
}

/**
 * Finds out what cannot be done with a bucket: once a request has failed or was slow, it asks for a little of each kind, again and again
 * until all is well. A bucket in which nothing fails is not asked.
 */
export class BucketWatch implements Disposable {
  readonly #probes: BucketWatchOptions["probes"];
  readonly #onChange: BucketWatchOptions["onChange"];
  readonly #pause: number;
  readonly #patience: number;
  readonly #quiet: number;
  /** The last request of each kind that has failed, and when. */
  readonly #failed = new Map<BucketAbility, { readonly failure: BucketFailure; readonly at: number }>();
  /** The abilities that were reported as failing since the trouble began. */
  readonly #said = new Set<BucketAbility | "speed">();
  #trouble: BucketTrouble | null = null;
  #isLooking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ probes, onChange, pause = 1_000, patience = 4_000, quiet = 2_000 }: BucketWatchOptions) {
    this.#probes = probes;
    this.#onChange = onChange;
    this.#pause = pause;
    this.#patience = patience;
    this.#quiet = quiet;
  }

  /** The trouble at the moment; `null` if all is well. */
  get trouble(): BucketTrouble | null {
    return this.#trouble;
  }

  /** Hears that a request has failed, after all of its tries, and why; `null` for one that was slow. */
  readonly see = (ability: BucketAbility, failure: BucketFailure | null): void => {
    if (failure) this.#failed.set(ability, { failure, at: performance.now() });
    if (!this.#trouble) void this.#look();
  };

  /** Returns why the bucket cannot be read at this moment, or `null`. */
  async findUnreadable(): Promise<BucketFailure | null> {
    const { failure } = await this.#probe("read");
    if (failure) this.see("read", failure);
    else if (this.#trouble) void this.#look();
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
    if (!this.#trouble) return;
    this.#timer = setTimeout(() => void this.#look(), this.#pause);
    this.#timer.unref();
  }

  async #diagnose(): Promise<BucketTrouble | null> {
    const failing = new Map<BucketAbility, BucketFailure>();
    const { failure, isSlow } = await this.#probe("read");
    if (failure?.isOutage) {
      // Who is not there does nothing else either.
      for (const ability of BUCKET_ABILITIES) failing.set(ability, failure);
      return { failing, isSlow: false };
    }
    if (failure) failing.set("read", failure);
    const hasFailed = failure !== null || this.#failed.size > 0 || (this.#trouble?.failing.size ?? 0) > 0;
    // Writing costs something: for a bucket that is only slow it is not tried.
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

  /** Probes do not meet everything that requests meet: what has failed a moment ago counts as well. */
  #addRequests(failing: Map<BucketAbility, BucketFailure>): void {
    for (const [ability, { failure, at }] of this.#failed) {
      if (performance.now() - at > this.#quiet) this.#failed.delete(ability);
      else if (!failing.has(ability)) failing.set(ability, failure);
    }
  }

  #conclude(trouble: BucketTrouble | null): void {
    const had = this.#trouble !== null;
    this.#trouble = trouble;
    if (trouble) {
      const said = this.#said.size;
      for (const ability of trouble.failing.keys()) this.#said.add(ability);
      // On its way back a bucket may be slow for a moment.
      if (trouble.isSlow && said === 0) this.#said.add("speed");
      if (this.#said.size > said) this.#onChange(trouble);
    } else if (had) {
      this.#said.clear();
      this.#onChange(null);
    }
  }

  async #probe(ability: BucketAbility): Promise<Finding> {
    const late = Promise.withResolvers<never>();
    const message = `S3 has not answered for ${this.#patience / 1_000} s`;
    const timer = setTimeout(() => late.reject(new BucketOutage(message)), this.#patience);
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

function inOrder(failing: ReadonlyMap<BucketAbility, BucketFailure>): BucketTrouble["failing"] {
  return new Map(
    [...failing].toSorted(
      ([one], [other]) => BUCKET_ABILITIES.indexOf(one) - BUCKET_ABILITIES.indexOf(other),
    ),
  );
}
