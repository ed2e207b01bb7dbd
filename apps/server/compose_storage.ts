import { join } from "node:path";
import { type BlobStore, ByteBudget, type DerivativeCache, Spool } from "@progimage/core";
import { FsBlobStore, FsDerivativeCache, HotDerivativeCache } from "@progimage/core/adapters";
import type { Config } from "./config.ts";

/** Where bytes are, in whichever store the configuration names. */
export interface StorageComposition {
  readonly blobs: BlobStore;
  readonly derivatives: DerivativeCache;
  /** On the volume of the blobs: what is published must not cross volumes. */
  readonly spool: Spool;
  readonly scratch: Spool;
  /** Removes what dead processes have left behind. Gives how many files. */
  readonly sweepLeftovers: (untouchedSince: number) => Promise<number>;
  /** Rejects when it cannot be reached. */
  readonly check: () => Promise<void>;
}

/** Opens the stores that a configuration names, and makes their folders. */
export async function composeStorage(config: Config): Promise<StorageComposition> {
  const kept = new FsDerivativeCache(join(config.fsDir, "derivatives"), {
    capacity: config.derivativeCacheBytes,
    processes: config.httpProcesses,
  });
  const { memoryCacheBytes } = config;
  const hot = memoryCacheBytes > 0 ? new HotDerivativeCache(kept, { capacity: memoryCacheBytes }) : kept;
  const capacity = new ByteBudget(config.maxIncomingBytes);
  const spool = new Spool(join(config.fsDir, "incoming"), { capacity });
  const scratch = new Spool(config.tmpDir, { capacity });
  await Promise.all([spool.prepare(), scratch.prepare(), kept.prepare()]);
  return {
    blobs: new FsBlobStore(join(config.fsDir, "blobs")),
    derivatives: hot,
    spool,
    scratch,
    sweepLeftovers: async (before) => {
      const swept = await Promise.all([spool.sweep(before), scratch.sweep(before), kept.sweep(before)]);
      return swept.reduce((sum, count) => sum + count, 0);
    },
    check: async () => {
      await Promise.all([spool.sweep(0), scratch.sweep(0)]);
    },
  };
}
