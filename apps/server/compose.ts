import { join } from "node:path";
import {
  ByteBudget,
  createPresets,
  type Limits,
  loadPlugins,
  type Ports,
  type Presets,
  type RemoteSources,
  SingleFlight,
  Spool,
  type StoredImage,
  type TransformRegistry,
} from "@progimage/core";
import {
  FsBlobStore,
  FsDerivativeCache,
  HotDerivativeCache,
  NoRemoteSources,
  ProcessPoolRenderer,
  RecentImageCatalog,
  RemoteFetcher,
  SharedRemoteSources,
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
  /** Gives an image as the catalog had it within the last second, without waiting, or `null`. */
  readonly recallImage: (id: string) => StoredImage | null;
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
    bulkPatience: config.bulkWaitMs,
    probePatience: config.probeWaitMs,
    memoryLimit: config.renderMemoryBytes,
    retireAfter: config.renderRetireAfter,
    onTrouble: ({ message, ...trouble }) => log.warn(trouble, message),
  });
  const database = openDatabase(config);
  const derivatives = new FsDerivativeCache(join(config.fsDir, "derivatives"), {
    capacity: config.derivativeCacheBytes,
    processes: config.httpProcesses,
  });
  const { memoryCacheBytes } = config;
  // On the volume of the blobs: what is published must not cross volumes.
  const capacity = new ByteBudget(config.maxIncomingBytes);
  const spool = new Spool(join(config.fsDir, "incoming"), { capacity });
  const scratch = new Spool(config.tmpDir, { capacity, isDurable: false });
  await Promise.all([spool.prepare(), scratch.prepare(), derivatives.prepare()]);
  const catalog = new RecentImageCatalog(new SqliteImageCatalog(database));
  const ports: Ports = {
    blobs: new FsBlobStore(join(config.fsDir, "blobs")),
    catalog,
    derivatives:
      memoryCacheBytes > 0
        ? new HotDerivativeCache(derivatives, { capacity: memoryCacheBytes })
        : derivatives,
    flights: new SingleFlight(),
    ledger: new SqliteBlobLedger(database),
    limits,
    now: Date.now,
    presets: await readPresets(config, transforms),
    remote: remoteSources(config, scratch),
    renderer,
    scratch,
    spool,
    transforms,
  };
  return {
    ports,
    renderer,
    recallImage: (id) => catalog.recall(id),
    sweepLeftovers: async (before) => {
      const swept = await Promise.all([
        spool.sweep(before),
        scratch.sweep(before),
        derivatives.sweep(before),
      ]);
      return swept.reduce((sum, count) => sum + count, 0);
    },
    checkState: async () => {
      await ports.catalog.list({ order: "createdAt", descending: true, limit: 1 });
      await Promise.all([spool.sweep(0), scratch.sweep(0)]);
    },
    [Symbol.asyncDispose]: async () => {
      await renderer.close();
      database[Symbol.dispose]();
    },
  };
}

async function readPresets({ presets }: Config, transforms: TransformRegistry): Promise<Presets> {
  try {
    return createPresets(presets === "" ? {} : await Bun.file(presets).json(), transforms);
  } catch (error) {
    throw new ConfigError(`Cannot use PROGIMAGE_PRESETS ${presets}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** @throws {ConfigError} for a host that is none */
function remoteSources(config: Config, spool: Spool): RemoteSources {
  if (!config.fetch) return new NoRemoteSources();
  const options = {
    maxBytes: config.fetchMaxBytes,
    deadlineMs: config.fetchDeadlineMs,
    maxRedirects: config.fetchMaxRedirects,
    atATime: config.fetchAtATime,
    allowHosts: config.fetchAllowHosts,
  };
  try {
    return new SharedRemoteSources(new RemoteFetcher({ spool, ...options }));
  } catch (error) {
    throw new ConfigError(`Cannot use PROGIMAGE_FETCH_ALLOW_HOSTS: ${(error as Error).message}`, {
      cause: error,
    });
  }
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
