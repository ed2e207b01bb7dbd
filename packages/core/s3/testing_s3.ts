import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BucketAddress } from "./request_signer.ts";
import { RequestSigner } from "./request_signer.ts";
import { CEPH_PROGRAMS, startCeph } from "./testing_ceph.ts";
import { startWatchdog } from "./testing_watchdog.ts";

/** A real S3 service on this machine: Ceph with all of its data in memory. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Creates a new bucket. */
  readonly freshBucket: () => Promise<BucketAddress>;
  /** Kills the HTTP gateway. The stored objects remain. */
  readonly killGateway: () => Promise<void>;
  /** Starts the gateway again, at the same endpoint. */
  readonly startGateway: () => Promise<void>;
}

let shared: Promise<S3Server | null> | undefined;

/**
 * Returns the service shared by all tests of this process, started on first use. It always ends with the process. If Ceph is not installed,
 * logs the reason and returns `null`.
 */
export function sharedS3(): Promise<S3Server | null> {
  shared ??= startS3();
  return shared;
}

/** Starts a service, or returns `null` if Ceph is not installed. */
export async function startS3(): Promise<S3Server | null> {
  const missing = CEPH_PROGRAMS.filter((program) => !Bun.which(program));
  if (missing.length > 0) {
    console.error(`Tests with S3 are skipped: ${missing.join(", ")} not found (scripts/install_servers.sh)`);
    return null;
  }
  const folder = await mkdtemp(join(tmpdir(), "progimage-s3-"));
  const watchdog = startWatchdog(folder);
  const keys = { accessKeyId: randomText(10), secretAccessKey: randomText(20) };
  const cluster = await startCeph(folder, { ...keys, watchdog }).catch(async (error: unknown) => {
    await watchdog.end();
    throw error;
  });
  const endpoint = `http://127.0.0.1:${cluster.port}`;
  return {
    ...keys,
    endpoint,
    freshBucket: () => freshBucket({ ...keys, endpoint }),
    killGateway: () => cluster.killGateway(),
    startGateway: () => cluster.startGateway(),
    [Symbol.asyncDispose]: async () => {
      await watchdog.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freshBucket(service: Omit<BucketAddress, "bucket">): Promise<BucketAddress> {
  const address = { ...service, bucket: `test-${crypto.randomUUID()}` };
  const response = await fetch(await new RequestSigner(address).other("PUT", ""), { method: "PUT" });
  if (!response.ok) throw new Error(`Cannot make a bucket: ${response.status} ${await response.text()}`);
  return address;
}

function randomText(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
