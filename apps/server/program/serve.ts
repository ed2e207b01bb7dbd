import { writeSync } from "node:fs";
import {
  CatalogPresence,
  ChangeStamps,
  JobRunner,
  ProgImageError,
  renderEpoch,
  type Task,
} from "@progimage/core";
import { createApp } from "../app.ts";
import { Signatures } from "../access/signature/signatures.ts";
import { RecentTenants } from "../access/recent_tenants.ts";
import { shareContext } from "../shared_context.ts";
import { compose } from "../compose/compose.ts";
import { composeSecrets } from "../compose/compose_secrets.ts";
import { composeAccess, warnWithoutKey } from "../compose/compose_access.ts";
import { type Config, ConfigError, readConfig, removeSecrets } from "../settings/config.ts";
import { ConnectionDrain } from "../http/connection_drain.ts";
import { redirectConsole } from "./console_to_log.ts";
import { StorageConfigError } from "./explain_storage.ts";
import { explainListening } from "./explain_listening.ts";
import { KnownAnswers } from "../answer/known_answers.ts";
import { listen } from "../http/http_server.ts";
import { JobWatcher } from "../jobs/job_watcher.ts";
import { openLog } from "./log.ts";
import {
  configOfShare,
  type ListeningMessage,
  readShare,
  SETTING_EXIT_CODE,
  STORAGE_EXIT_CODE,
  STORAGE_SIGNAL,
} from "./node_share.ts";
import { linkBaseOf } from "../settings/public_url.ts";
import { mapSharedMemory } from "./shared_memory.ts";
import { showSignsOfLife } from "./sign_of_life.ts";
import { Sweeper } from "../compose/sweeper.ts";
import { Webhooks } from "../jobs/webhooks.ts";

/** Time for a failing process to send the pending refusals, in milliseconds. */
const LEAVE_MILLISECONDS = 500;

interface ServeOptions {
  readonly changes: ChangeStamps;
  /** Its index among the HTTP processes, from 0. */
  readonly index: number;
}

/** The program of an HTTP process, which the supervisor starts: serves until it is stopped, then lets requests finish. */
async function serve(config: Config, { changes, index }: ServeOptions): Promise<void> {
  const { log, findNotices: findLogNotices, close: closeLog } = await openLog(config);
  redirectConsole(log);
  // A plugin may leave one behind: it must not end the requests of others.
  process.on("unhandledRejection", (err) => log.error({ err }, "A promise was rejected without a handler"));
  const lost = Promise.withResolvers<Error>();
  const secrets = await composeSecrets(config);
  const composition = await compose(config, log, { changes, onSyncFailure: lost.resolve });
  const { deliveryOf, listeners, ports, recallImage, redirect, renderer, tenants } = composition;
  const readings = {
    outage: config.databaseUrl === "" ? 0 : config.databaseOutageMs,
    presence: new CatalogPresence(() => performance.now()),
  };
  const directory = new RecentTenants(tenants, readings);
  const known = new KnownAnswers({
    now: ports.now,
    recallImage,
    findImage: (id, owner) => deliveryOf(owner).catalog.find(id),
    signedMaxAge: config.signedMaxAge,
  });
  const signatures = secrets.length > 0 ? new Signatures(secrets) : null;
  const { door, ...access } = composeAccess(config, { ...composition, directory, log, readings, signatures });
  const drain = new ConnectionDrain({ idleMs: config.drainIdleMs });
  const watcher = new JobWatcher({
    find: ({ id, owner }) => ports.jobs.of(owner).find(id),
    capacity: config.maxEventListeners,
  });
  let isStopping = false;

  // The system may choose the port, and links contain it: it must be known before the first request.
  const server = explainListening(config, () =>
    listen((request) => answer(request), { config, door, drain, known, log, ratesOf: directory.ratesOf }),
  );
  drain.prepare(server);
  const port = server.port ?? config.port;
  const publicUrl = linkBaseOf(config, port);
  const { webhookSecrets, webhookRetryMs: firstRetryMs } = config;
  const webhooks =
    webhookSecrets.length > 0
      ? new Webhooks(ports, {
          listeners,
          secrets: webhookSecrets,
          firstRetryMs,
          publicUrl,
          transforms: ports.transforms,
          log,
        })
      : null;
  const shared = shareContext({
    ...access,
    config,
    delivery: deliveryOf(""),
    deliveryOf,
    directory,
    keys: composition.keys,
    known,
    log,
    ports,
    publicUrl,
    renderEpoch: renderEpoch(ports.transforms),
    redirect,
    signatures,
    tenants,
    usage: composition.usage,
    watcher,
    webhooks,
    findNotices: () => [...composition.findNotices(), ...sweeper.notices, ...findLogNotices()],
    checkReadiness: async () => {
      if (isStopping || !renderer.isReady) {
        throw new ProgImageError(
          "unavailable",
          `Cannot serve requests as ${isStopping ? "the server stops" : "no render process is ready: if that lasts, the log says why"}`,
        );
      }
      await composition.checkState();
    },
  });
  const app = createApp(shared);
  // Composed once: each read of `fetch` composes it anew.
  const answer = app.compile().fetch;
  const sweeper = new Sweeper(composition, config, log);
  const runner = new JobRunner(ports, {
    itemsAtATime: config.jobItemsAtATime,
    handlers: { webhook: webhooks?.handle ?? forgetWebhook },
    onFault: ({ message, ...fault }) => log.warn(fault, message),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  void lost.promise.then(leave);
  if (index === 0) await warnWithoutKey(config, composition.keys, log);
  log.info(`Render processes are confined by ${composition.confinement}`);
  showSignsOfLife();
  process.send?.({ port } satisfies ListeningMessage);

  /** For tasks from a time when a secret was set. */
  async function forgetWebhook(task: Task): Promise<void> {
    log.warn({ task }, "Cannot send a webhook as PROGIMAGE_WEBHOOK_SECRET is not set: it is not tried again");
  }

  /** Acknowledges nothing more. Only requests in progress get an answer from this process; then a new one begins with the safe data. */
  async function leave(err: Error): Promise<void> {
    log.fatal({ err }, "The disk failed at a sync: this process acknowledges nothing more and ends");
    isStopping = true;
    await Promise.race([server.stop(), Bun.sleep(LEAVE_MILLISECONDS)]);
    await closeLog();
    // Repeatedly: a tracer of this process may swallow a signal.
    setInterval(() => process.kill(process.pid, STORAGE_SIGNAL), LEAVE_MILLISECONDS);
    process.kill(process.pid, STORAGE_SIGNAL);
  }

  async function stop(): Promise<void> {
    if (isStopping) return;
    isStopping = true;
    log.info("stopping: requests may finish");
    sweeper.stop();
    watcher[Symbol.dispose]();
    await Promise.race([Promise.all([drain.run(server), runner.stop()]), Bun.sleep(config.drainMs)]);
    await server.stop(true);
    await composition[Symbol.asyncDispose]();
    log.info("stopped");
    await closeLog();
    process.exit(0);
  }
}

try {
  const share = readShare(process.argv.slice(2));
  const config = configOfShare(readConfig(process.env), share);
  removeSecrets(process.env);
  const changes = new ChangeStamps(share.hasSharedMemory ? mapSharedMemory() : undefined);
  await serve(config, { changes, index: share.index });
} catch (error) {
  // A faulty setting or plugin is explained without a stack trace.
  writeSync(2, `${error instanceof ConfigError ? error.message : Bun.inspect(error)}\n`);
  process.exit(exitCodeOf(error));
}

function exitCodeOf(error: unknown): number {
  if (error instanceof StorageConfigError) return STORAGE_EXIT_CODE;
  return error instanceof ConfigError ? SETTING_EXIT_CODE : 1;
}
