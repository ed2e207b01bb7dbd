import {
  type ChangeStamps,
  type Clock,
  createPresets,
  type DeprecatedUse,
  type FindImagePorts,
  type KeyRecords,
  type Limits,
  type Ports,
  type Presets,
  type RemoteSources,
  type ReportDamage,
  SingleFlight,
  type Spool,
  type StoredImage,
  type TenantRecords,
  type UsageRecords,
  type TransformRegistry,
} from "@progimage/core";
import {
  describeConfinement,
  NoRemoteSources,
  ProcessPoolRenderer,
  RecentImageCatalog,
  RemoteFetcher,
  RemoteListeners,
  SharedRemoteSources,
} from "@progimage/core/adapters";
import { recordAndLog } from "./compose_damage.ts";
import { composeDatabase } from "./compose_database.ts";
import { installationGuard } from "./compose_installation.ts";
import { composeExchange } from "./compose_exchange.ts";
import { composeStorage, type RedirectToBlob } from "./compose_storage.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import { chargedRenderer } from "../access/rate/charged_renderer.ts";
import { currentAllowance, currentRequestId } from "../http/request_context.ts";
import { loadTransforms } from "./load_transforms.ts";
import type { Logger } from "../program/log.ts";
import type { Notice } from "./notices.ts";
import { pluginModules } from "./plugin_modules.ts";

/** The parts of a running server. */
export interface Composition extends AsyncDisposable {
  readonly ports: Ports;
  readonly keys: KeyRecords;
  readonly tenants: TenantRecords;
  readonly usage: UsageRecords;
  /** The clock of all ports. */
  readonly clock: Clock;
  /** The confinement of render processes, in words for the operator. */
  readonly confinement: string;
  readonly renderer: ProcessPoolRenderer;
  /** Returns an image as the catalog had it within the last second, without waiting, or `null`. */
  readonly recallImage: (id: string, owner: string) => StoredImage | null;
  /** Returns ports that find an owner's images for delivery, also for a limited time while the database is unavailable. */
  readonly deliveryOf: (owner: string) => FindImagePorts;
  /** Returns a URL from which callers get a blob elsewhere; `null` if the server sends blobs itself. */
  readonly redirect: RedirectToBlob | null;
  /** The remote listeners: webhooks that are told when a job has ended. */
  readonly listeners: RemoteListeners;
  /** Removes files that dead processes have left behind. Returns their number. */
  readonly sweepLeftovers: (untouchedSince: number) => Promise<number>;
  /** Rejects when a part of the state cannot be reached. */
  readonly checkState: () => Promise<void>;
  /** Returns the current notices about the storage for the operator. */
  readonly findNotices: () => readonly Notice[];
}

/** Options for {@linkcode compose}. */
export interface ComposeOptions {
  /** The changes of images by all processes of this machine. */
  readonly changes?: ChangeStamps;
  /** Called once, when no write can be acknowledged any more: the process must end. */
  readonly onSyncFailure?: (cause: Error) => void;
}

/** Composes the server. Only this and its parts (`compose_*.ts`) know which adapter implements each port. */
export async function compose(
  config: Config,
  log: Logger,
  { changes, onSyncFailure }: ComposeOptions = {},
): Promise<Composition> {
  const limits = limitsOf(config);
  const plugins = pluginModules(config);
  const renderer = openRenderer(config, { plugins, limits, log });
  const transforms = await loadTransforms(config, { plugins, renderer, log });
  const database = await composeDatabase(config, log, { onSyncFailure });
  const outage = config.databaseUrl === "" ? 0 : config.databaseOutageMs;
  const catalog = new RecentImageCatalog(database.catalog, {
    announce: (ids) => database.channel?.announce(ids),
    changes,
    now: database.clock.now,
    outage,
  });
  await database.channel?.listen({
    onChange: (ids) => catalog.hearChange(ids),
    onGap: () => catalog.hearGap(),
  });
  if (outage > 0) catalog.start();
  const onDamage: ReportDamage = async (key) =>
    await recordAndLog({ ...database, catalog, mark: storage.mark }, key, log);
  const {
    sweepLeftovers,
    check: checkStorage,
    findNotices,
    redirect,
    ...storage
  } = await composeStorage(config, {
    beforePut: installationGuard(config, database.installation, log),
    clock: database.clock,
    log,
    onDamage,
  });
  const { exchange, sweep: sweepExchange } = await composeExchange(config);
  const ports: Ports = {
    ...storage,
    catalog,
    deleted: catalog.watch(database.deleted),
    exchange,
    flights: new SingleFlight(),
    installation: database.installation,
    jobs: database.jobs,
    ledger: database.ledger,
    limits,
    now: database.clock.now,
    owner: "",
    presets: await readPresets(config, transforms, log),
    queue: database.queue,
    removals: database.removals,
    remote: remoteSources(config, storage.scratch),
    renderer: chargedRenderer(renderer, currentAllowance),
    reportDamage: onDamage,
    tokens: database.tokens,
    transforms,
  };
  return {
    ports,
    keys: database.keys,
    tenants: database.tenants,
    usage: database.usage,
    clock: database.clock,
    confinement: describeConfinement(config.renderWrapper),
    renderer,
    listeners: new RemoteListeners({
      allowHosts: config.fetchAllowHosts,
      deadlineMs: config.webhookDeadlineMs,
    }),
    recallImage: (id, owner) => (owner === "" ? catalog : catalog.of(owner)).recall(id),
    deliveryOf: (owner) => {
      const owned = owner === "" ? catalog : catalog.of(owner);
      return { catalog: { find: (id) => owned.findToDeliver(id) } };
    },
    redirect,
    sweepLeftovers: async (before) => (await sweepLeftovers(before)) + (await sweepExchange(before)),
    checkState: async () => {
      await ports.catalog.list({ order: "createdAt", descending: true, limit: 1 });
      await checkStorage();
    },
    findNotices,
    [Symbol.asyncDispose]: async () => {
      await renderer.close();
      catalog[Symbol.dispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Options for {@linkcode openRenderer}. */
export interface OpenRendererOptions {
  /** Modules whose default export is a plugin. */
  readonly plugins: readonly string[];
  readonly limits: Limits;
  readonly log: Pick<Logger, "info" | "warn">;
}

/** Starts the render processes of a configuration. */
export function openRenderer(
  config: Config,
  { plugins, limits, log }: OpenRendererOptions,
): ProcessPoolRenderer {
  return new ProcessPoolRenderer({
    plugins,
    pluginVariables: config.pluginVariables,
    arePluginsTrusted: config.plugins.length === 0,
    limits,
    shrinkOnLoad: config.shrinkOnLoad,
    fontFolder: config.fontsDir,
    wrapper: config.renderWrapper,
    renderProcesses: config.renderProcesses,
    probeProcesses: config.probeProcesses,
    renderDeadline: config.renderDeadlineMs,
    probeDeadline: config.probeDeadlineMs,
    queueLength: config.queueLength,
    renderQueueTimeout: config.queueWaitMs,
    bulkQueueTimeout: config.bulkWaitMs,
    probeQueueTimeout: config.probeWaitMs,
    memoryLimit: config.renderMemoryBytes,
    retireAfter: config.renderRetireAfter,
    totalMemory: Math.floor(config.renderMemoryTotalBytes / config.httpProcesses),
    largestMemory: config.renderMemoryTotalBytes,
    callerOf: currentRequestId,
    onFault: ({ message, pid, caller, isRoutine, ...fault }) => {
      const line = { renderPid: pid, requestId: caller, ...fault };
      if (isRoutine) log.info(line, message);
      else log.warn(line, message);
    },
    onOutput: ({ text, pid, caller }) =>
      log.warn({ renderPid: pid, requestId: caller, output: text }, "A render process printed something"),
  });
}

async function readPresets(
  { presets }: Config,
  transforms: TransformRegistry,
  log: Pick<Logger, "warn">,
): Promise<Presets> {
  const onDeprecated = (preset: string, uses: readonly DeprecatedUse[]) => {
    const words = uses.map(({ word, instead }) => `${word} (instead: ${instead})`).join(", ");
    log.warn(`The preset "${preset}" in PROGIMAGE_PRESETS uses deprecated words: ${words}`);
  };
  try {
    return createPresets(presets === "" ? {} : await Bun.file(presets).json(), transforms, { onDeprecated });
  } catch (error) {
    throw new ConfigError(`Cannot use PROGIMAGE_PRESETS ${presets}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** @throws {ConfigError} for an invalid host */
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

/** Returns the limits that a configuration sets. */
export function limitsOf(config: Config): Limits {
  return {
    uploadBytes: config.maxUploadBytes,
    archiveBytes: config.maxArchiveBytes,
    archiveEntries: config.maxArchiveEntries,
    entryBytes: config.minEntryBytes,
    unpackedBytes: config.maxUnpackedBytes,
    unpackedRatio: config.maxUnpackedRatio,
    svgBytes: config.maxSvgBytes,
    inputPixels: config.maxInputPixels,
    inputSide: config.maxInputSide,
    inputFrames: config.maxInputFrames,
    recipeSteps: config.maxSteps,
    intermediatePixels: config.maxIntermediatePixels,
    outputSide: config.maxOutputSide,
    outputPixels: config.maxOutputPixels,
    jsonDepth: config.maxJsonDepth,
    metadataKeys: config.metadataKeys,
    selectionItems: config.maxSelectionItems,
    jobOutputs: config.maxJobOutputs,
    waitingJobs: config.maxWaitingJobs,
    waitingJobItems: config.maxWaitingJobItems,
  };
}
