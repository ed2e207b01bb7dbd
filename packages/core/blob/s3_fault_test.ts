import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { isProgImageError, type ProgImageError } from "../error.ts";
import { Bucket } from "../s3/bucket.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../s3/testing_fault_proxy.ts";
import { sharedS3 } from "../s3/testing_s3.ts";
import { testFolder } from "../testing/testing_folder.ts";
import { newBlobKey } from "./blob_store.ts";
import { ObjectBlobStore } from "./object_blob_store.ts";

const s3 = await sharedS3();
const LARGE = 3_000_000;
const DIGEST = "ab".repeat(32);

describe.skipIf(s3 === null)("S3BlobStore behind a proxy that injects faults", async () => {
  if (!s3) return;
  const address = await s3.freshBucket();
  const direct = new ObjectBlobStore(new Bucket(address));
  const folder = await testFolder();
  const small = join(folder.path, "small");
  const large = join(folder.path, "large");
  await Bun.write(small, crypto.getRandomValues(new Uint8Array(50_000)));
  await Bun.write(large, bytesOf(LARGE));
  afterAll(() => folder[Symbol.asyncDispose]());

  async function withProxy(
    work: (proxy: FaultProxy, spoilt: ObjectBlobStore) => Promise<void>,
  ): Promise<void> {
    await using proxy = await startFaultProxy(address.endpoint);
    await work(proxy, new ObjectBlobStore(new Bucket({ ...address, endpoint: proxy.url })));
  }

  /** Expects an error without internal details within ten seconds. */
  async function refused(work: () => Promise<unknown>): Promise<ProgImageError> {
    const startedAt = performance.now();
    const error = await work().then(
      () => new Error("It went well"),
      (reason: unknown) => reason,
    );
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    if (!isProgImageError(error)) throw error;
    expect(error).toMatchObject({ code: "unavailable", details: { retryAfter: expect.any(Number) } });
    const shown = `${Bun.inspect(error)} ${JSON.stringify(error)}`;
    for (const secret of ["X-Amz", address.secretAccessKey, address.accessKeyId, "127.0.0.1"])
      expect(shown).not.toContain(secret);
    return error;
  }

  async function stored(path: string): Promise<string> {
    const key = newBlobKey(DIGEST);
    await direct.put(key, path);
    return key;
  }

  const everything: readonly Fault[] = [
    { kind: "black hole" },
    { kind: "status", status: 500 },
    { kind: "status", status: 503 },
    { kind: "status", status: 403 },
    { kind: "cut answer", after: 20 },
    { kind: "stalled answer", after: 20 },
    { kind: "drip", milliseconds: 200 },
  ];
  for (const fault of everything) {
    test.concurrent(
      `every call fails within 10 s, and works again afterwards: ${JSON.stringify(fault)}`,
      () =>
        withProxy(async (proxy, spoilt) => {
          const known = await stored(small);
          const [first, second] = [newBlobKey(DIGEST), newBlobKey(DIGEST)];
          proxy.spoil(fault);
          await Promise.all([
            refused(() => spoilt.put(first, small)),
            refused(() => spoilt.put(second, large)),
            refused(() => spoilt.open(known)),
            refused(async () => await (await spoilt.open(known, { bytes: 50_000 }))?.begin()),
            refused(() => Array.fromAsync(spoilt.list("ab"))),
            refused(() => spoilt.remove(known)),
          ]);
          expect(proxy.spoilt()).toBeGreaterThan(5);
          proxy.spoil({ kind: "none" });
          await spoilt.put(first, small);
          expect(await (await spoilt.open(first))?.bytes()).toEqual(await Bun.file(small).bytes());
        }),
      30_000,
    );
  }

  const bodies: readonly Fault[] = [
    { kind: "cut answer", after: 2_000_000 },
    { kind: "cut without length", after: 2_000_000 },
    { kind: "stalled answer", after: 2_000_000 },
    { kind: "wrong length", more: 1_000 },
    { kind: "wrong length", more: -1_000 },
  ];
  for (const fault of bodies) {
    test.concurrent(
      `no reader takes a part for the whole: ${JSON.stringify(fault)}`,
      () =>
        withProxy(async (proxy, spoilt) => {
          const key = await stored(large);
          proxy.spoil(fault);
          const content = await spoilt.open(key, { bytes: LARGE });
          await Promise.all([
            refused(async () => await content?.bytes()),
            refused(async () => await new Response(content?.stream()).bytes()),
            refused(async () => await content?.slice(1_000, LARGE).bytes()),
          ]);
        }),
      30_000,
    );
  }

  test.concurrent("put() rejects bytes that change on their way, and nothing is stored", () =>
    withProxy(async (proxy, spoilt) => {
      for (const [path, at] of [
        [small, 20_000],
        [large, 2_000_000],
      ] as const) {
        const key = newBlobKey(DIGEST);
        proxy.spoil({ kind: "flipped request", at });
        await refused(() => spoilt.put(key, path));
        expect(proxy.spoilt()).toBeGreaterThan(0);
        expect(await direct.open(key)).toBeNull();
        proxy.spoil({ kind: "none" });
        await spoilt.put(key, path);
        expect(await (await direct.open(key))?.bytes()).toEqual(await Bun.file(path).bytes());
      }
    }),
  );

  test.concurrent("a server that fails now and then is retried", () =>
    withProxy(async (proxy, spoilt) => {
      const key = newBlobKey(DIGEST);
      for (const fault of [
        { kind: "status", status: 503 },
        { kind: "cut answer", after: 20 },
        { kind: "cut request", after: 20_000 },
      ] as const) {
        proxy.spoil(fault, 1);
        await spoilt.put(key, small);
        expect(proxy.spoilt()).toBe(1);
        proxy.spoil(fault.kind === "cut request" ? { ...fault, after: 50 } : fault, 1);
        expect(await (await spoilt.open(key, { bytes: 50_000 }))?.bytes()).toHaveLength(50_000);
        expect(proxy.spoilt()).toBe(1);
      }
    }),
  );

  test.concurrent("an upload that breaks off leaves nothing readable", () =>
    withProxy(async (proxy, spoilt) => {
      const key = newBlobKey(DIGEST);
      proxy.spoil({ kind: "cut request", after: 1_500_000 });
      await refused(() => spoilt.put(key, large));
      expect(await direct.open(key)).toBeNull();
      expect(await Array.fromAsync(direct.list("ab"))).not.toContainEqual(expect.objectContaining({ key }));
    }),
  );

  test.skipIf(process.platform !== "linux")(
    "a file that cannot be read is an error of this machine's disk, not of S3",
    async () => {
      const bucket = new Bucket(address);
      // Reading its beginning fails with an input/output error, like that of a failing disk.
      for (const bytes of [10, 2_000_000])
        await expect(bucket.put("none", "/proc/self/mem", { use: "write", bytes })).rejects.toMatchObject({
          code: "storage_error",
        });
      expect(await bucket.size("none")).toBeNull();
    },
  );

  test("short reads and writes do not wait for long reads that are not consumed", async () => {
    const key = await stored(large);
    const narrow = new ObjectBlobStore(new Bucket({ ...address, atATime: 2 }));
    const slow = await Promise.all(
      [1, 2].map(async () => await (await narrow.open(key, { bytes: LARGE }))?.begin()),
    );
    const other = newBlobKey(DIGEST);
    await narrow.put(other, small);
    expect(await (await narrow.open(other, { bytes: 50_000 }))?.bytes()).toHaveLength(50_000);
    const third = await narrow.open(key, { bytes: LARGE });
    const waiting = third?.begin();
    await slow[0]?.cancel();
    expect(await new Response(await waiting).bytes()).toHaveLength(LARGE);
    await slow[1]?.cancel();
  });

  test("objects are whole or not there when the server is killed in the middle of uploads", async () => {
    const keys = Array.from({ length: 40 }, () => newBlobKey(DIGEST));
    const puts = keys.map(async (key, index) => {
      await direct.put(key, index % 2 === 0 ? small : large);
      if (index === 6) await s3.killGateway();
      return key;
    });
    const outcomes = await Promise.allSettled(puts);
    await s3.startGateway();
    const kept = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "unavailable" });
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(keys.length);
    for (const [index, key] of keys.entries()) {
      const content = await direct.open(key);
      if (!content) expect(kept).not.toContain(key);
      else expect(await content.bytes()).toEqual(await Bun.file(index % 2 === 0 ? small : large).bytes());
    }
  }, 30_000);
});

function bytesOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += 65_536)
    crypto.getRandomValues(bytes.subarray(start, Math.min(length, start + 65_536)));
  return bytes;
}
