import { describe, expect, test } from "bun:test";
import { readdir, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { SqliteDatabase } from "@progimage/core/adapters";
import { strace, straceObstacle, testFolder } from "@progimage/core/testing";
import { faultCases, type FaultCase, type FaultScenario } from "../end_to_end/testing_fault_cases.ts";
import { FaultyServer, type HalvesTarget } from "../end_to_end/testing_faulty_server.ts";

const obstacle = await straceObstacle();
const isLong = process.env["PROGIMAGE_LONG_TESTS"] === "true";

/** On a quiet machine all of them take half a minute. */
const TIMEOUT_MILLISECONDS = isLong ? 3_600_000 : 300_000;

/** Attempts to trace all processes of a scenario. */
const TRIES = 10;

if (obstacle) console.log(`Calls of the system that fail were not tested: ${obstacle}`);

/**
 * For any failing file system call: acknowledged images exist after a restart, and no answer has wrong bytes. Each refusal names the
 * server's storage as its cause, and everything works again once the calls do.
 */
describe.skipIf(obstacle !== null)("failing system calls", () => {
  for (const scenario of ["upload", "render", "encode", "probe"] as const) {
    test(
      `harm no acknowledged ${scenario}, and the server recovers`,
      async () => {
        await using folder = await testFolder();
        await using faulty = await FaultyServer.start(folder.path);
        for (const each of faultCases(scenario, { isLong })) await tryCase(faulty, scenario, each);
        await faulty.restart();
        await faulty.expectAllThere();
        // Renders under faults equal those without.
        await rm(join(folder.path, "fs", "derivatives"), { recursive: true });
        await faulty.restart();
        await faulty.expectSameRenders();
      },
      TIMEOUT_MILLISECONDS,
    );
  }

  test(
    "harm no request whose bytes are being written, and the server recovers",
    async () => {
      await using folder = await testFolder();
      await using faulty = await FaultyServer.start(folder.path);
      const [httpProcess = 0] = await faulty.pidsOf("upload");
      const targets = { upload: "fs/incoming", service: "tmp", archive: "fs/incoming" } as const;
      for (const [target, name] of Object.entries(targets) as [HalvesTarget, string][]) {
        for (const [error, code] of Object.entries({ EIO: "storage_error", ENOSPC: "storage_full" })) {
          for (const when of ["1", "1+", "2+2"]) {
            await using traces = new AsyncDisposableStack();
            const outcome = await faulty.sendHalves(target, async () => {
              // Restricted to the file by its descriptor, so that calls which wake threads still work.
              const path = await faulty.only(join(folder.path, name));
              const inject = [`write:error=${error}:when=${when}`];
              traces.use(await strace(httpProcess, { calls: ["write"], inject, path }));
            });
            expect([target, "kept", code]).toContain(outcome);
            if (when === "1+") expect([target, outcome]).toEqual([target, code]);
          }
          await faulty.recovered(`${error} of ${target}`);
        }
      }
      expect(await faulty.pidsOf("upload")).toEqual([httpProcess]);
      await faulty.restart();
      await faulty.expectAllThere();
    },
    TIMEOUT_MILLISECONDS,
  );

  test(
    "cause no wrong bytes of originals, and the server recovers",
    async () => {
      await using folder = await testFolder();
      await using faulty = await FaultyServer.start(folder.path);
      // Bun itself reads files of less than a megabyte, and uses sendfile for larger ones.
      expect([await faulty.upload("small"), await faulty.upload("huge")]).toEqual(["kept", "kept"]);
      const [httpProcess = 0] = await faulty.pidsOf("upload");
      for (const [id, bytes] of faulty.acknowledged) {
        const digest = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
        const blobs = join(folder.path, "fs", "blobs", digest.slice(0, 2));
        const path = join(blobs, (await readdir(blobs)).find((name) => name.startsWith(digest)) ?? "");
        const outcomes: Record<string, string> = {};
        for (const call of ["openat", "statx", "fstat", "read", "pread64", "sendfile"]) {
          await using _traced = await strace(httpProcess, {
            calls: [call],
            inject: [`${call}:error=EIO:when=1+`],
            path,
          });
          outcomes[call] = await faulty.original(id);
        }
        // An answer that has begun can only break off.
        for (const outcome of Object.values(outcomes))
          expect(["kept", "broken off", "storage_error"]).toContain(outcome);
        expect(outcomes).toMatchObject({ openat: "storage_error", fstat: "storage_error" });
        expect(outcomes[bytes.length > 1_048_576 ? "sendfile" : "read"]).toBe("broken off");
        expect(await faulty.original(id)).toBe("kept");
      }
      expect(await faulty.pidsOf("upload")).toEqual([httpProcess]);
    },
    TIMEOUT_MILLISECONDS,
  );

  test("leave the server without a render process for as long as none can be started", async () => {
    await using folder = await testFolder();
    await using faulty = await FaultyServer.start(folder.path);
    const [httpProcess = 0] = await faulty.pidsOf("upload");
    {
      // Starting a process needs this call, which fails when too many files are open.
      const inject = ["socketpair:error=EMFILE"];
      await using _traced = await strace(httpProcess, { calls: ["socketpair"], inject });
      for (const pid of await faulty.pidsOf("probe")) process.kill(pid, "SIGKILL");
      await faulty.until("a process could not be started", async () =>
        faulty.log().includes("Cannot start render process"),
      );
    }
    await faulty.recovered("EMFILE of socketpair");
    expect(await faulty.pidsOf("upload")).toEqual([httpProcess]);
  });

  test(
    "harm no sweep, which goes on afterwards",
    async () => {
      await using folder = await testFolder();
      await using faulty = await FaultyServer.start(folder.path, SWEEPING);
      for (const each of faultCases("sweep", { isLong })) await trySweep(faulty, folder.path, each);
      await faulty.restart();
      await faulty.expectAllThere();
    },
    TIMEOUT_MILLISECONDS,
  );
});

const SWEEPING = {
  PROGIMAGE_SWEEP_INTERVAL_MS: "100",
  PROGIMAGE_LEFTOVER_AGE_MS: "60000",
  PROGIMAGE_LOG_LEVEL: "debug",
} as const;

/** Gives the sweep a long-deleted image and an old leftover file, and makes it fail at them. */
async function trySweep(faulty: FaultyServer, dataDir: string, { calls, inject }: FaultCase): Promise<void> {
  const name = inject.join(" ");
  expect([await faulty.upload("small"), await faulty.upload("small")]).toEqual(["kept", "kept"]);
  await faulty.removeLast();
  const leftover = join(dataDir, "fs", "incoming", crypto.randomUUID());
  await Bun.write(leftover, "left over");
  await utimes(leftover, 1_000, 1_000);
  using database = new SqliteDatabase(join(dataDir, "db", "progimage.sqlite"));
  /** Makes records days old. Returns whether any work is left. */
  const age = async () => {
    for (const column of ["idle_since", "condemned_at"])
      await database.run(() => database.orm.run(`UPDATE blobs SET ${column} = 1 WHERE ${column} > 1`));
    const due = "SELECT 1 FROM blobs WHERE idle_since IS NOT NULL OR condemned_at IS NOT NULL";
    return (await database.run(() => database.orm.all(due))).length > 0;
  };
  {
    const [pid = 0] = await faulty.pidsOf("sweep");
    await using _traced = await strace(pid, { calls, inject });
    const before = faulty.sweeps();
    await faulty.until(`the sweep has tried under ${name}`, async () => {
      await age();
      return faulty.sweeps() >= before + 5;
    });
  }
  await faulty.until(
    `all is swept after ${name}`,
    async () => !(await age()) && !(await Bun.file(leftover).exists()),
  );
  await faulty.expectAllThere();
}

/** Traces the processes of a scenario. A render process that is just being replaced cannot be traced, but its replacement can. */
async function traceAll(
  faulty: FaultyServer,
  scenario: FaultScenario,
  { calls, inject }: FaultCase,
): Promise<AsyncDisposable> {
  for (let tries = 1; ; tries++) {
    await using traces = new AsyncDisposableStack();
    const pids = await faulty.pidsOf(scenario);
    const attached = await Promise.allSettled(pids.map((pid) => strace(pid, { calls, inject })));
    for (const each of attached) if (each.status === "fulfilled") traces.use(each.value);
    const failure = attached.find((each) => each.status === "rejected");
    if (!failure) return traces.move();
    if (tries === TRIES) throw failure.reason;
  }
}

async function tryCase(faulty: FaultyServer, scenario: FaultScenario, { calls, inject }: FaultCase) {
  const before = await faulty.httpPid();
  const name = `${scenario}: ${inject.join(" ")}`;
  let outcomes: readonly string[];
  {
    await using _traced = await traceAll(faulty, scenario, { calls, inject });
    outcomes = await faulty.work(scenario);
  }
  await faulty.recovered(name);
  // Only a failed sync may end the process, and the log must say so.
  const isAnnounced = faulty.hasLeft(before);
  const isSame = (await faulty.httpPid()) === before;
  expect({ name, isSame: isSame || isAnnounced }).toEqual({ name, isSame: true });
  const allowed = ["kept", "busy", "storage_error", "storage_full", "unavailable"];
  if (isAnnounced) allowed.push("broken off");
  const unexpected = outcomes.filter((outcome) => !allowed.includes(outcome));
  expect({ name, unexpected }).toEqual({ name, unexpected: [] });
}
