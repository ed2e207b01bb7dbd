import { join } from "node:path";
import { type Limits, loadPlugins, type Ports, SingleFlight, Spool } from "@progimage/core";
import {
  FsBlobStore,
  FsDerivativeCache,
  ProcessPoolRenderer,
  SqliteBlobLedger,
  SqliteDatabase,
  SqliteImageCatalog,
} from "@progimage/core/adapters";
import { type Config, ConfigError } from "./config.ts";
import type { Logger } from "./log.ts";
import { pluginModules } from "./plugin_modules.ts";

/** The parts of a running server. */
export interface Composition extends AsyncDisposable {
  readonly ports: Ports;
  readonly renderer: ProcessPoolRenderer;
  /** Removes what dead processes have left behind. Gives how many files. */
  readonly sweepLeftovers: (untouchedSince: number) => Promise<number>;
  /** Rejects when a part of the state cannot be reached. */
  readonly checkState: () => Promise<void>;
}

/** Puts the server together. The only place that knows which adapter stands behind each port. */
export async function compose(config: Config, log: Logger): Promise<Composition> {
  const limits = limitsOf(config);
  const plugins = pluginModules(config);
  const transforms = await loadPlugins(plugins).catch((error: Error) => {
    throw new ConfigError(error.message, { cause: error });
  });
  const renderer = new ProcessPoolRenderer({
    plugins,
    limits,
    renderProcesses: config.renderProcesses,
    probeProcesses: config.probeProcesses,
    renderDeadline: config.renderDeadlineMs,
    probeDeadline: config.probeDeadlineMs,
    queueLength: config.queueLength,
    renderPatience: config.queueWaitMs,
    probePatience: config.probeWaitMs,
    memoryLimit: config.renderMemoryBytes,
    retireAfter: config.renderRetireAfter,
    onTrouble: ({ message, ...trouble }) => log.warn(trouble, message),
  });
  const database = openDatabase(config);
  const derivatives = new FsDerivativeCache(join(config.fsDir, "derivatives"), {
    capacity: config.derivativeCacheBytes,
  });
  // On the volume of the blobs: what is published must not cross volumes.
  const spool = new Spool(join(config.fsDir, "incoming"), { capacity: config.maxIncomingBytes });
  await Promise.all([spool.prepare(), derivatives.prepare()]);
  const ports: Ports = {
    blobs: new FsBlobStore(join(config.fsDir, "blobs")),
    catalog: new SqliteImageCatalog(database),
    derivatives,
    flights: new SingleFlight(),
    ledger: new SqliteBlobLedger(database),
    limits,
    now: Date.now,
    renderer,
    spool,
    transforms,
  };
  return {
    ports,
    renderer,
    sweepLeftovers: async (before) => (await spool.sweep(before)) + (await derivatives.sweep(before)),
    checkState: async () => {
      await ports.catalog.list({ order: "createdAt", descending: true, limit: 1 });
      await spool.sweep(0);
    },
    [Symbol.asyncDispose]: async () => {
      await renderer.close();
      database[Symbol.dispose]();
    },
  };
}

/** Opens the database that a configuration names. */
export function openDatabase(config: Pick<Config, "dbDir">): SqliteDatabase {
  return new SqliteDatabase(join(config.dbDir, "progimage.sqlite"));
}

function limitsOf(config: Config): Limits {
  return {
    uploadBytes: config.maxUploadBytes,
    svgBytes: config.maxSvgBytes,
    inputPixels: config.maxInputPixels,
    inputSide: config.maxInputSide,
    inputFrames: config.maxInputFrames,
    recipeSteps: config.maxSteps,
    intermediatePixels: config.maxIntermediatePixels,
    outputSide: config.maxOutputSide,
    outputPixels: config.maxOutputPixels,
  };
}
