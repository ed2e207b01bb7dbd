import {
  backOff,
  findJob,
  hasEnded,
  isProgImageError,
  type Job,
  jobOfTask,
  numberOfTask,
  type Ports,
  ProgImageError,
  type TaskHandler,
  tenantOfLine,
  type TransformRegistry,
  type WebhookDelivery,
  webhookTask,
} from "@progimage/core";
import type { RemoteListeners } from "@progimage/core/adapters";
import { jobJson } from "./job_json.ts";
import { signedMessage } from "./webhook_message.ts";
import { tenantWebhookSecrets } from "./webhook_secret.ts";
import type { Logger } from "../program/log.ts";

/** Options for {@linkcode Webhooks}. */
export interface WebhooksOptions {
  readonly listeners: RemoteListeners;
  /** Those of the first tenant. Each of them adds a signature. */
  readonly secrets: readonly Uint8Array[];
  /** Milliseconds until the second attempt. */
  readonly firstRetryMs: number;
  readonly publicUrl: string;
  readonly transforms: TransformRegistry;
  readonly log: Pick<Logger, "info" | "warn">;
}

/** With a first pause of five seconds, the attempts take about a day. */
const MAX_ATTEMPTS = 12;
const BACK_OFF = { longest: 6 * 3_600_000, factor: 3, jitter: 0.1 };

/** The outcome of an attempt. */
type Answer = { readonly status: number } | { readonly status: null; readonly err: unknown };

/** The status by which a receiver asks for no more calls. */
const GONE = 410;

/**
 * Notifies webhooks that a job has ended, at least once each. A failed attempt is retried with a back-off. Each attempt is a task of its
 * own, so that it survives this process.
 */
export class Webhooks {
  readonly #ports: Pick<Ports, "jobs" | "now" | "queue">;
  readonly #options: WebhooksOptions;

  constructor(ports: Pick<Ports, "jobs" | "now" | "queue">, options: WebhooksOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /**
   * Checks that the server may send to a URL. A name that does not resolve now is accepted, because it may resolve later.
   *
   * @throws {ProgImageError} `invalid_parameter`, `source_refused`
   */
  async check(url: string): Promise<void> {
    try {
      await this.#options.listeners.check(url);
    } catch (error) {
      if (!isProgImageError(error)) throw error;
      if (error.code === "source_unreachable") return;
      const details = { ...error.details, parameter: "webhook" };
      throw new ProgImageError(error.code, error.message, { cause: error.cause, details });
    }
  }

  /** Notifies the webhook of a job that its run has ended, records the outcome, and schedules a retry after a failure. */
  readonly handle: TaskHandler = async (task, { signal }) => {
    const jobs = this.#ports.jobs.of(tenantOfLine(task.line));
    const job = await findJob({ jobs }, jobOfTask(task)).catch(() => null);
    const run = numberOfTask(task, "run");
    if (!job?.webhook || job.run !== run || !hasEnded(job)) return;
    if (job.webhookDelivery?.status === "delivered") return;
    const answer = await this.#tell(job, job.webhook, signal);
    const isHeard = answer.status !== null && answer.status >= 200 && answer.status < 300;
    if (!isHeard) signal.throwIfAborted();
    const attempts = numberOfTask(task, "attempt") + 1;
    const isGivenUp = !isHeard && (attempts >= MAX_ATTEMPTS || answer.status === GONE);
    const status = isHeard ? "delivered" : isGivenUp ? "failed" : "pending";
    const delivery: WebhookDelivery = {
      status,
      attempts,
      lastStatus: answer.status,
      lastAttemptAt: this.#ports.now(),
    };
    await jobs.recordDelivery(job.id, run, delivery);
    if (isHeard) return;
    const facts = { job: job.id, attempt: attempts, ...answer };
    if (isGivenUp) {
      this.#options.log.warn(facts, "Cannot deliver a webhook: it is not tried again");
      return;
    }
    this.#options.log.info(facts, "Cannot deliver a webhook: it is tried again");
    const delay = backOff(attempts, { ...BACK_OFF, first: this.#options.firstRetryMs });
    await this.#ports.queue.add([webhookTask(job, attempts)], { delay });
  };

  /** Each attempt sends the same message. */
  async #tell(job: Job, url: string, signal: AbortSignal): Promise<Answer> {
    const { listeners, publicUrl, transforms } = this.#options;
    const secrets = tenantWebhookSecrets(this.#options.secrets, job.owner);
    const timestamp = new Date(job.finishedAt ?? job.createdAt).toISOString();
    const { webhookDelivery: _delivery, ...shown } = jobJson(job, { publicUrl, transforms });
    const tenant = job.owner === "" ? {} : { tenant: job.owner };
    const body = JSON.stringify({ type: "job.ended", timestamp, data: { ...tenant, job: shown } });
    const message = signedMessage({ id: `job_${job.id}_${job.run}`, body }, secrets, this.#ports.now());
    try {
      return { status: await listeners.post(url, message, { signal }) };
    } catch (err) {
      return { status: null, err };
    }
  }
}
