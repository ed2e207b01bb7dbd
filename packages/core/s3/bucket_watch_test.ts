import { describe, expect, test } from "bun:test";
import {
  type BucketFailure,
  BucketMismatch,
  BucketOutage,
  BucketRefusal,
  bucketUnavailable,
  failureBehind,
} from "./bucket_error.ts";
import { type BucketAbility, type BucketFault, BucketWatch, BUCKET_ABILITIES } from "./bucket_watch.ts";
import { until } from "../testing/testing_until.ts";

const OUTAGE = new BucketOutage("The request to S3 failed: ECONNREFUSED");
const REFUSAL = new BucketRefusal(403, "AccessDenied");
const DEADLINE_MILLISECONDS = 5_000;

/** A bucket in which some requests fail or are slow, with its watch and the watch's reports. */
class Watched implements Disposable {
  readonly failing = new Map<BucketAbility, BucketFailure>();
  readonly asked: BucketAbility[] = [];
  readonly said: string[] = [];
  milliseconds = 0;
  readonly watch: BucketWatch;

  constructor({ quiet = 0, probeTimeout }: { readonly quiet?: number; readonly probeTimeout?: number } = {}) {
    this.watch = new BucketWatch({
      probes: {
        read: () => this.#ask("read"),
        write: () => this.#ask("write"),
        remove: () => this.#ask("remove"),
        list: () => this.#ask("list"),
      },
      onChange: (fault) => this.said.push(textOf(fault)),
      pause: 10,
      quiet,
      probeTimeout,
    });
  }

  async untilSaid(count: number): Promise<void> {
    const said = () => this.said.length >= count || this.said.join("; ");
    await until(`it has said ${count} things`, said, DEADLINE_MILLISECONDS);
  }

  [Symbol.dispose](): void {
    this.watch[Symbol.dispose]();
  }

  async #ask(ability: BucketAbility): Promise<void> {
    this.asked.push(ability);
    if (this.milliseconds > 0) await Bun.sleep(this.milliseconds);
    const failure = this.failing.get(ability);
    if (failure) throw bucketUnavailable(failure);
  }
}

function textOf(fault: BucketFault | null): string {
  if (!fault) return "over";
  return [...fault.failing.keys(), ...(fault.isSlow ? ["slow"] : [])].join(" ");
}

describe("BucketWatch", () => {
  test("reports a failure once and its end once, and sends no probes while no requests fail", async () => {
    using watched = new Watched();
    watched.failing.set("write", REFUSAL).set("remove", REFUSAL);
    expect(watched.asked).toEqual([]);
    watched.watch.see("write", REFUSAL);
    watched.watch.see("write", REFUSAL);
    await watched.untilSaid(1);
    expect(watched.watch.fault?.failing).toEqual(
      new Map([
        ["write", REFUSAL],
        ["remove", REFUSAL],
      ]),
    );
    watched.failing.clear();
    await watched.untilSaid(2);
    expect(watched.said).toEqual(["write remove", "over"]);
    expect(watched.watch.fault).toBeNull();
    const { length } = watched.asked;
    await Bun.sleep(40);
    expect(watched.asked).toHaveLength(length);
  });

  test("reports every ability of a service that does not answer a read, and does not probe the rest", async () => {
    using watched = new Watched();
    watched.failing.set("read", OUTAGE);
    watched.watch.see("list", OUTAGE);
    await watched.untilSaid(1);
    expect(watched.said).toEqual([BUCKET_ABILITIES.join(" ")]);
    expect(new Set(watched.asked)).toEqual(new Set(["read"]));
  });

  test("reports again if more fails than before, not if less does", async () => {
    using watched = new Watched();
    watched.failing.set("write", REFUSAL);
    watched.watch.see("write", REFUSAL);
    await watched.untilSaid(1);
    watched.failing.set("list", REFUSAL);
    await watched.untilSaid(2);
    watched.failing.delete("list");
    const { length } = watched.asked;
    await until("it has asked eight times more", () => watched.asked.length >= length + 8);
    expect([...(watched.watch.fault?.failing.keys() ?? [])]).toEqual(["write"]);
    watched.failing.clear();
    await watched.untilSaid(3);
    expect(watched.said).toEqual(["write", "write list", "over"]);
  });

  test("counts a failed request for a while, although its own probes succeed", async () => {
    using watched = new Watched({ quiet: 60 });
    const startedAt = performance.now();
    watched.watch.see("read", OUTAGE);
    await watched.untilSaid(2);
    expect(performance.now() - startedAt).toBeGreaterThan(60);
    expect(watched.said).toEqual(["read", "over"]);
  });

  test("reports a slow bucket if its own probe is slow too, and writes nothing for that", async () => {
    using watched = new Watched();
    watched.watch.see("read", null);
    await Bun.sleep(20);
    expect(watched.said).toEqual([]);
    watched.milliseconds = 1_050;
    watched.watch.see("read", null);
    await watched.untilSaid(1);
    watched.milliseconds = 0;
    await watched.untilSaid(2);
    expect(watched.said).toEqual(["slow", "over"]);
    expect(new Set(watched.asked)).toEqual(new Set(["read"]));
  });

  test("findUnreadable() keeps to its timeout, and reports the fault", async () => {
    using watched = new Watched({ probeTimeout: 50 });
    expect(await watched.watch.findUnreadable()).toBeNull();
    watched.milliseconds = 1_000;
    expect((await watched.watch.findUnreadable())?.message).toBe("S3 has not answered for 0.05 s");
    await watched.untilSaid(1);
    watched.milliseconds = 0;
    expect(await watched.watch.findUnreadable()).toBeNull();
  });
});

test("failureBehind() finds failures of S3, and no others", () => {
  for (const failure of [OUTAGE, REFUSAL]) {
    expect(failureBehind(bucketUnavailable(failure))).toBe(failure);
    expect(failureBehind(failure)).toBe(failure);
  }
  const others = [
    bucketUnavailable(new BucketMismatch("The answer of S3 must have 10 bytes: it has others")),
    bucketUnavailable(new BucketRefusal(416, "InvalidRange")),
    new Error("Nobody waits for it any more"),
  ];
  for (const error of others) expect(failureBehind(error)).toBeNull();
});
