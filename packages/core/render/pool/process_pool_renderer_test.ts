import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PoolFault, ProcessPoolOptions } from "./process_pool_options.ts";
import { ProcessPoolRenderer } from "./process_pool_renderer.ts";
import { rendererContract } from "../renderer_contract.ts";
import type { RenderJob } from "../renderer.ts";
import { SLEEP_MILLISECONDS } from "./testing_plugin.ts";
import { POOL_OPTIONS } from "./testing_pool.ts";
import { until } from "../../testing/testing_until.ts";

const VANDAL = join(import.meta.dir, "testing_vandal_plugin.ts");

const OPTIONS: ProcessPoolOptions = {
  ...POOL_OPTIONS,
  onFault: () => {},
};

rendererContract("ProcessPoolRenderer", () => new ProcessPoolRenderer({ ...OPTIONS, renderProcesses: 2 }));

describe("ProcessPoolRenderer", () => {
  let folder: string;
  let input: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "progimage-test-"));
    input = join(folder, "input.svg");
    await Bun.write(
      input,
      '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="red"/></svg>',
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  function job(act: string, key: string = crypto.randomUUID(), path?: string): RenderJob {
    const steps = [{ transform: "act", params: { act, ...(path !== undefined && { path }) } }];
    return {
      key,
      input,
      inputFormat: "svg",
      output: join(folder, crypto.randomUUID()),
      format: "png",
      steps,
    };
  }

  async function withPool(
    options: Partial<ProcessPoolOptions>,
    work: (pool: ProcessPoolRenderer, faults: PoolFault[]) => Promise<void>,
  ) {
    const faults: PoolFault[] = [];
    const pool = new ProcessPoolRenderer({
      ...OPTIONS,
      onFault: (fault) => faults.push(fault),
      ...options,
    });
    try {
      await until("all processes are ready", () => pool.isReady);
      await work(pool, faults);
    } finally {
      await pool.close();
    }
  }

  test("a render process that is killed fails one job cleanly and is replaced; the others go on", () =>
    withPool({ renderProcesses: 2 }, async (pool) => {
      const release = join(folder, crypto.randomUUID());
      const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const held = begun.map(({ resolve: onStart }) =>
        pool.render(job("hold", crypto.randomUUID(), release), { onStart }),
      );
      await Promise.all(begun.map(({ promise }) => promise));
      const pids = pool.renderPids;
      process.kill(pids[0] ?? 0, "SIGKILL");
      await Bun.write(release, "");
      const outcomes = await Promise.allSettled(held);
      const failures = outcomes.filter((outcome) => outcome.status === "rejected");
      expect(failures).toHaveLength(1);
      expect(failures[0]?.reason).toMatchObject({
        name: "ProgImageError",
        code: "busy",
        details: { retryAfter: 1 },
      });
      const isWhole = async () => pool.renderPids.length === 2 && (await canRenderTwice(pool));
      await until("both processes render", isWhole);
      expect(pool.renderPids).not.toContain(pids[0] ?? 0);
    }));

  async function canRenderTwice(pool: ProcessPoolRenderer): Promise<boolean> {
    const both = await Promise.all([pool.render(job("nothing")), pool.render(job("nothing"))]);
    return both.length === 2;
  }

  test("a plugin whose leftover code fails does not make any job fail", () =>
    withPool({ renderProcesses: 1 }, async (pool, faults) => {
      const [pid] = pool.renderPids;
      for (let round = 0; round < 3; round++) {
        expect((await pool.render(job("haunt"))).width).toBe(20);
        expect((await pool.render(job("nothing"))).width).toBe(20);
      }
      await until("the process has ended", () => !pool.renderPids.includes(pid ?? 0));
      expect(faults[0]?.message).toContain("too late");
    }));

  test("a plugin that returns no image is named", () =>
    withPool({}, async (pool) => {
      await expect(pool.render(job("forget"))).rejects.toMatchObject({
        code: "plugin_failed",
        message: 'Cannot process image as transform "act" failed',
      });
    }));

  test("a plugin that exits or allocates too much memory makes one job fail", () =>
    withPool({ memoryLimit: 2 ** 30 }, async (pool, faults) => {
      await expect(pool.render(job("exit"))).rejects.toMatchObject({ name: "ProgImageError", code: "busy" });
      await expect(pool.render(job("eat"))).rejects.toMatchObject({ code: "too_costly" });
      expect((await pool.render(job("nothing"))).width).toBe(20);
      expect(faults.length).toBeGreaterThan(0);
    }));

  test("a process that succeeds gets the next task, and one that has failed goes behind the others", () =>
    withPool({ renderProcesses: 3, plugins: [VANDAL] }, async (pool) => {
      const path = join(folder, "turns");
      const steps = [{ transform: "vandal", params: { act: "note", path } }];
      const succeed = async () => {
        await pool.render({ ...job("nothing"), steps });
        return (await Bun.file(path).text()).trim().split("\n").at(-1) ?? "";
      };
      const fail = async () => {
        const checks = [{ path: input, sha256: "0".repeat(64) }];
        await expect(pool.render({ ...job("nothing"), steps, checks })).rejects.toThrow();
      };
      const seen = new Set<string>();
      for (const deadline = performance.now() + 20_000; seen.size < 3 && performance.now() < deadline;) {
        seen.add(await succeed());
        await fail();
      }
      const turns: string[] = [];
      for (let failures = 0; failures < 6; failures++) {
        const next = await succeed();
        expect([await succeed(), await succeed()]).toEqual([next, next]);
        turns.push(next);
        await fail();
      }
      expect(new Set(turns.slice(0, 3)).size).toBe(3);
      expect(turns.slice(3)).toEqual(turns.slice(0, 3));
    }));

  test("a process that ends while it is idle is reported once, and replaced", () =>
    withPool({}, async (pool, faults) => {
      const [pid = 0] = pool.renderPids;
      process.kill(pid, "SIGKILL");
      await until("the process has ended", () => !pool.renderPids.includes(pid));
      expect((await pool.render(job("nothing"))).width).toBe(20);
      expect(faults).toEqual([{ pid, message: "A render process ended while it was idle: signal SIGKILL" }]);
    }));

  test("a job waits no longer than its queue timeout, and is rejected when the queue is full", () =>
    withPool({ renderQueueTimeout: 200, queueLength: 1 }, async (pool) => {
      const [running, waiting, refused] = await Promise.allSettled(
        ["sleep", "nothing", "nothing"].map((act) => pool.render(job(act))),
      );
      expect(running).toMatchObject({ status: "fulfilled", value: { width: 20 } });
      expect(waiting).toMatchObject({
        reason: {
          code: "busy",
          message: expect.stringContaining("waited 200 ms"),
          details: { retryAfter: 1 },
        },
      });
      expect(refused).toMatchObject({
        reason: { code: "busy", message: expect.stringContaining("too many others") },
      });
    }));

  test("a job that would wait longer than its queue timeout is rejected immediately, with the delay before a retry", () =>
    withPool({ renderQueueTimeout: 3_000 }, async (pool) => {
      const running = pool.render(job("sleep"));
      const waiting = pool.render(job("nothing"), { cost: 3_500 });
      const askedAt = performance.now();
      await expect(pool.render(job("nothing"))).rejects.toMatchObject({
        code: "busy",
        details: { retryAfter: 4 },
      });
      expect(performance.now() - askedAt).toBeLessThan(SLEEP_MILLISECONDS / 2);
      await Promise.all([running, waiting]);
      expect((await pool.render(job("nothing"))).width).toBe(20);
    }));

  test("expensive jobs leave a process to cheap ones", () =>
    withPool({ renderProcesses: 2 }, async (pool) => {
      const done: string[] = [];
      const release = join(folder, crypto.randomUUID());
      const render = (name: string, act: string, cost: number) =>
        pool.render(job(act, crypto.randomUUID(), release), { cost }).then(() => done.push(name));
      const dear = [1, 2, 3].map((count) => render(`dear ${count}`, "hold", 1_000));
      await Promise.all([1, 2, 3].map((count) => render(`cheap ${count}`, "nothing", 1)));
      expect(done).toEqual(["cheap 1", "cheap 2", "cheap 3"]);
      await Bun.write(release, "");
      await Promise.all(dear);
      expect(done.slice(3)).toEqual(["dear 1", "dear 2", "dear 3"]);
    }));

  test("an expensive job runs even if there is only one process", () =>
    withPool({}, async (pool) => {
      const both = [1, 2].map(() => pool.render(job("nothing"), { cost: 10_000 }));
      expect((await Promise.all(both)).length).toBe(2);
    }));

  test("an expensive job whose process dies makes room for the next one", () =>
    withPool({ renderProcesses: 2 }, async (pool) => {
      const dying = pool.render(job("exit"), { cost: 1_000 });
      const next = pool.render(job("nothing"), { cost: 1_000 });
      await expect(dying).rejects.toMatchObject({ code: "busy" });
      expect((await next).width).toBe(20);
    }));

  test("bulk jobs wait behind all others", () =>
    withPool({}, async (pool) => {
      const done: string[] = [];
      const running = pool.render(job("sleep"));
      const bulk = pool.render(job("nothing"), { priority: "bulk" }).then(() => done.push("bulk"));
      const single = pool.render(job("nothing")).then(() => done.push("single"));
      await Promise.all([running, bulk, single]);
      expect(done).toEqual(["single", "bulk"]);
    }));

  test("a job without a waiting caller leaves the queue and never runs", () =>
    withPool({}, async (pool) => {
      const running = pool.render(job("sleep"));
      const controller = new AbortController();
      const unwanted = job("nothing");
      const waiting = pool.render(unwanted, { signal: controller.signal });
      controller.abort();
      await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
      await running;
      await pool.render(job("nothing"));
      expect(await Bun.file(unwanted.output).exists()).toBe(false);
    }));

  test("probes do not wait behind renders", () =>
    withPool({}, async (pool) => {
      let isRendered = false;
      const rendered = pool.render(job("sleep")).then(() => (isRendered = true));
      expect((await pool.probe(input)).width).toBe(20);
      expect(isRendered).toBe(false);
      await rendered;
    }));

  test("a process is replaced after a number of tasks", () =>
    withPool({ retireAfter: 2 }, async (pool, faults) => {
      const pids = new Set(pool.renderPids);
      for (let count = 0; count < 5; count++) {
        await pool.render(job("nothing"));
        for (const pid of pool.renderPids) pids.add(pid);
      }
      expect(pids.size).toBeGreaterThanOrEqual(3);
      const line = { message: "A render process is replaced as it has done 2 tasks", isRoutine: true };
      expect(faults).toMatchObject([line, line]);
    }));

  test.each([
    ["that is missing", (): string => join(folder, "missing")],
    // Reading this file fails with EIO.
    ["that cannot be read", (): string => "/proc/self/mem"],
  ] as const)("a file %s is reported as a storage error, regardless of the decoder's message", (_, pathOf) =>
    withPool({}, async (pool) => {
      const rest = job("nothing");
      const failed = await Promise.allSettled([
        pool.probe(pathOf()),
        pool.render({ ...rest, steps: [], input: pathOf(), inputFormat: "jpeg" }),
      ]);
      const storageError = { status: "rejected", reason: { code: "storage_error" } };
      expect(failed).toMatchObject([storageError, storageError]);
    }),
  );

  test("a missing folder for the result is reported as a storage error", () =>
    withPool({}, async (pool) => {
      const lost = { ...job("nothing"), steps: [], output: join(folder, "missing", "result") };
      await expect(pool.render(lost)).rejects.toMatchObject({ code: "storage_error" });
    }));

  test("a render process has none of its parent's secrets", () =>
    withPool({}, async (pool) => {
      process.env["PROGIMAGE_TEST_SECRET"] = "secret";
      const text = await Bun.file(`/proc/${pool.renderPids[0]}/environ`).text();
      expect(text).toContain("MALLOC_ARENA_MAX=2");
      expect(text).not.toContain("secret");
    }));

  test("a plugin that cannot be loaded is reported by name, and does not block close()", async () => {
    const reported = Promise.withResolvers<PoolFault>();
    const pool = new ProcessPoolRenderer({
      ...OPTIONS,
      plugins: ["/no/such/plugin.ts"],
      onFault: reported.resolve,
    });
    expect((await reported.promise).message).toContain("/no/such/plugin.ts");
    await pool.close();
  });
});
