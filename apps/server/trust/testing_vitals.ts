import { descendants, type TestServer } from "../end_to_end/testing_server.ts";
import { quantile } from "./testing_quantile.ts";

/** The HTTP process of a server, as the system sees it. */
export interface HttpProcess {
  readonly pid: number;
  /** Returns its CPU time, in milliseconds. */
  readonly cpuMilliseconds: () => Promise<number>;
  /** Returns its current memory, in bytes. */
  readonly residentBytes: () => Promise<number>;
}

/** Returns the HTTP process of a server that has only one. */
export async function httpProcessOf({ pid: supervisor }: TestServer): Promise<HttpProcess> {
  const [pid = 0] = await descendants(supervisor);
  return {
    pid,
    cpuMilliseconds: async () => {
      const text = await Bun.file(`/proc/${pid}/stat`).text();
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      // User and system time, in hundredths of a second.
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    residentBytes: async () => {
      const status = await Bun.file(`/proc/${pid}/status`).text();
      return 1_024 * Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
    },
  };
}

/** The results of a health watch. */
export interface Health {
  readonly answers: number;
  /** Answers other than 200, and requests without an answer. */
  readonly failures: number;
  readonly medianMilliseconds: number;
  readonly p99Milliseconds: number;
  readonly longestMilliseconds: number;
}

/** A health watch in a separate process, so that work in the test's process delays no answer. */
export interface HealthWatch extends AsyncDisposable {
  /** Ends the watch. */
  readonly end: () => Promise<Health>;
}

const PROBE = `${import.meta.dir}/testing_health_probe.ts`;

/** Requests `/healthz` repeatedly until the watch ends. Resolves once the first answer has arrived. */
export async function watchHealth(url: string): Promise<HealthWatch> {
  const probe = Bun.spawn([process.execPath, "--no-orphans", PROBE, `${url}/healthz`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const begun = Promise.withResolvers<void>();
  const report = readReport(probe.stdout, begun.resolve);
  await Promise.race([begun.promise, report]);
  return {
    end: async () => {
      await probe.stdin.end();
      const { failures, times } = await report;
      const sorted = times.toSorted((one, other) => one - other);
      return {
        answers: times.length,
        failures,
        medianMilliseconds: quantile(sorted, 0.5),
        p99Milliseconds: quantile(sorted, 0.99),
        longestMilliseconds: quantile(sorted, 1),
      };
    },
    [Symbol.asyncDispose]: async () => {
      probe.kill();
      await probe.exited;
    },
  };
}

async function readReport(output: ReadableStream<Uint8Array>, onBegin: () => void): Promise<ProbeReport> {
  let text = "";
  for await (const chunk of output) {
    text += new TextDecoder().decode(chunk);
    onBegin();
  }
  return JSON.parse(text) as ProbeReport;
}

interface ProbeReport {
  readonly failures: number;
  readonly times: readonly number[];
}
