import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { recipe } from "@progimage/client";
import { createJob, createRegistry, DEFAULT_LIMITS, type NewTask, webhookTask } from "@progimage/core";
import {
  MemoryImageCatalog,
  MemoryJobQueue,
  MemoryJobRecords,
  MemoryTables,
  RemoteListeners,
  SqliteDatabase,
  SqliteJobQueue,
  SqliteJobRecords,
} from "@progimage/core/adapters";
import { testFolder, until } from "@progimage/core/testing";
import { postJson, uploadPictures } from "../end_to_end/testing_jobs.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";
import { startReceiver, WEBHOOK_SECRET } from "../end_to_end/testing_webhooks.ts";
import { tenantWebhookSecrets, webhookSecretBytes, webhookSecretText } from "./webhook_secret.ts";
import { Webhooks } from "./webhooks.ts";

const SECRET = webhookSecretBytes(WEBHOOK_SECRET) ?? new Uint8Array();

function settingsFor(host: string) {
  return {
    PROGIMAGE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    PROGIMAGE_WEBHOOK_RETRY_MS: "20",
    PROGIMAGE_FETCH_ALLOW_HOSTS: host,
  };
}

function begin(server: TestServer, ids: readonly string[], webhook?: string) {
  return server.client.jobs.create({
    select: { ids },
    outputs: [recipe().flip()],
    deliver: "derivatives",
    webhook,
  });
}

async function untilLogged(server: TestServer, text: string): Promise<void> {
  await until(`the log has ${text}`, () => server.log().includes(text) || server.log().slice(-1_500));
}

describe("webhooks", () => {
  test("get a signed message at the end of a job, retried until it succeeds, and another after each retry of the job", async () => {
    await using receiver = startReceiver([500, 302, 503]);
    await using server = await startServer({ settings: settingsFor(receiver.host) });
    const [id = ""] = await uploadPictures(server, 1);
    const job = await begin(server, [id, Bun.randomUUIDv7()], `${receiver.url}?token=secret`);
    const ended = await job.wait();
    const { webhookDelivery: _pending, ...shown } = ended;
    await receiver.hear(4);
    for (const { id: message, body } of receiver.heard) {
      expect(message).toBe(`job_${job.id}_1`);
      expect(body).toEqual({ type: "job.ended", timestamp: ended.finishedAt ?? "", data: { job: shown } });
    }
    await job.retry();
    await receiver.hear(5);
    expect(receiver.heard[4]).toMatchObject({
      id: `job_${job.id}_2`,
      body: { data: { job: { id: job.id, attempt: 2, status: "partially_failed" } } },
    });
    expect(job.job.webhook).toBe(receiver.url);
  });

  test("get a message when a job is cancelled", async () => {
    await using receiver = startReceiver();
    await using server = await startServer({ settings: settingsFor(receiver.host) });
    const slow = recipe().blur(8).avif();
    const job = await server.client.jobs.create({
      select: { ids: await uploadPictures(server, 8) },
      outputs: [slow],
      deliver: "images",
      webhook: receiver.url,
    });
    await job.cancel();
    await receiver.hear(1);
    expect(receiver.heard).toMatchObject([{ body: { data: { job: { status: "cancelled" } } } }]);
  });

  test("get their message after the server was killed and restarted", async () => {
    await using folder = await testFolder();
    await using receiver = startReceiver([500]);
    // The second attempt would come long after the server is killed.
    const settings = { ...settingsFor(receiver.host), PROGIMAGE_WEBHOOK_RETRY_MS: "3000" };
    const server = await startServer({ dataDir: folder.path, settings });
    const job = await begin(server, await uploadPictures(server, 1), receiver.url);
    await receiver.hear(1);
    await untilLogged(server, "it is tried again");
    server.kill("SIGKILL");
    await server.exited;
    await using _next = await startServer({ dataDir: folder.path, settings });
    await receiver.hear(2);
    expect(receiver.heard.map(({ id }) => id)).toEqual([`job_${job.id}_1`, `job_${job.id}_1`]);
  });

  test("get no second message if the server ended after the delivery but before it removed the task", async () => {
    await using folder = await testFolder();
    await using receiver = startReceiver();
    const settings = settingsFor(receiver.host);
    const server = await startServer({ dataDir: folder.path, settings });
    const { id } = await begin(server, await uploadPictures(server, 1), receiver.url);
    await receiver.hear(1);
    using database = new SqliteDatabase(join(folder.path, "db", "progimage.sqlite"));
    const tasks = () => database.orm.all("SELECT id FROM job_tasks").length;
    await until("the server has struck the task off", async () => tasks() === 0);
    await server[Symbol.asyncDispose]();
    const job = await new SqliteJobRecords(database).find(id);
    await new SqliteJobQueue(database).add(job ? [webhookTask(job)] : []);
    expect(tasks()).toBe(1);
    await using _next = await startServer({ dataDir: folder.path, settings });
    await until("the task is carried out", async () => tasks() === 0);
    expect(receiver.heard.map((message) => message.id)).toEqual([`job_${id}_1`]);
  });

  test("show their delivery in their job, and are sent again on request", async () => {
    const next = `whsec_${Buffer.alloc(24, 9).toString("base64")}`;
    await using receiver = startReceiver([410]);
    // The receiver knows the second of two secrets.
    const settings = {
      ...settingsFor(receiver.host),
      PROGIMAGE_WEBHOOK_SECRET: `${next}, ${WEBHOOK_SECRET}`,
    };
    await using server = await startServer({ settings });
    const job = await begin(server, await uploadPictures(server, 1), receiver.url);
    const isDelivery = (status: string) => async () =>
      (await job.refresh()).webhookDelivery?.status === status;
    await until("the webhook has failed", isDelivery("failed"));
    expect(job.job.webhookDelivery).toMatchObject({ attempts: 1, lastStatus: 410 });
    const resent = await job.resendWebhook();
    expect(resent).toMatchObject({ webhookDelivery: { status: "pending", attempts: 0 } });
    await until("the webhook has heard", isDelivery("delivered"));
    expect(job.job.webhookDelivery).toMatchObject({ attempts: 1, lastStatus: 204 });
    expect(receiver.heard.map(({ id }) => id)).toEqual([`job_${job.id}_1`, `job_${job.id}_1`]);
    const none = await begin(server, await uploadPictures(server, 1));
    await expect(none.resendWebhook()).rejects.toMatchObject({ status: 409, code: "conflict" });
  });

  test("are not retried after a 410", async () => {
    await using gone = startReceiver([410]);
    await using server = await startServer({ settings: settingsFor(gone.host) });
    await begin(server, await uploadPictures(server, 1), gone.url);
    await untilLogged(server, "it is not tried again");
    expect(server.log()).toContain('"attempt":1,"status":410');
    expect(gone.heard).toHaveLength(1);
  });

  test("are tried twelve times with a growing back-off, for about a day", async () => {
    await using deaf = startReceiver(Array.from({ length: 20 }, () => 500));
    const { job, queue, tell, warnings } = await endedJob(deaf);
    for (let next: NewTask | undefined = webhookTask(job); next; next = queue.added.shift()) await tell(next);
    const { delays } = queue;
    expect(deaf.heard).toHaveLength(12);
    expect(delays).toHaveLength(11);
    expect(delays[0]).toBeGreaterThanOrEqual(4_500);
    const hours = delays.reduce((sum, delay) => sum + delay, 0) / 3_600_000;
    expect([hours > 20, hours < 28]).toEqual([true, true]);
    expect(warnings).toHaveLength(1);
    expect((await queue.jobs.find(job.id))?.webhookDelivery).toMatchObject({
      status: "failed",
      attempts: 12,
      lastStatus: 500,
    });
    await tell(webhookTask(job));
    expect(queue.added).toHaveLength(1);
  });

  test("name the tenant of a job, unless it is the first one", async () => {
    const [acme = new Uint8Array()] = tenantWebhookSecrets([SECRET], "acme");
    await using tenants = startReceiver([], webhookSecretText(acme));
    const { job, queue, tell } = await endedJob(tenants, "acme");
    await tell(webhookTask(job));
    await tenants.hear(1);
    expect(tenants.heard[0]?.body).toMatchObject({ data: { tenant: "acme", job: { id: job.id } } });
    expect((await queue.jobs.find(job.id))?.webhookDelivery?.status).toBe("delivered");
    await using receiver = startReceiver();
    const first = await endedJob(receiver);
    await first.tell(webhookTask(first.job));
    await receiver.hear(1);
    const [{ body = {} } = {}] = receiver.heard;
    expect(Object.keys((body as { readonly data: object }).data)).toEqual(["job"]);
  });

  test("are refused for forbidden addresses", async () => {
    await using receiver = startReceiver();
    const settings = { PROGIMAGE_WEBHOOK_SECRET: WEBHOOK_SECRET };
    await using server = await startServer({ settings });
    const json = { select: { all: true }, outputs: [{ format: "png" }], deliver: "derivatives" };
    const answered = async (webhook: string) => {
      const response = await postJson(`${server.url}/jobs`, { ...json, webhook });
      return [response.status, await response.json()];
    };
    for (const url of [receiver.url, "http://localhost:1/", "http://[::1]/", "http://169.254.169.254/"])
      expect(await answered(url)).toMatchObject([403, { code: "source_refused", parameter: "webhook" }]);
    expect(await answered("ftp://example.com/")).toMatchObject([403, { parameter: "webhook" }]);
    expect(await answered("hook")).toMatchObject([400, { code: "invalid_parameter", parameter: "webhook" }]);
    expect(receiver.heard).toEqual([]);
  });

  test("are refused without a secret, by a problem that names the setting", async () => {
    await using server = await startServer();
    const json = {
      select: { all: true },
      outputs: [{ format: "png" }],
      deliver: "archive",
      webhook: "https://example.com/",
    };
    const response = await postJson(`${server.url}/jobs`, json);
    expect(response.status).toBe(501);
    const detail = expect.stringContaining("PROGIMAGE_WEBHOOK_SECRET");
    expect(await response.json()).toMatchObject({ code: "feature_disabled", parameter: "webhook", detail });
  });

  test("stop the start if their secret is invalid, without showing it", async () => {
    const settings = { PROGIMAGE_WEBHOOK_SECRET: "whsec_secret" };
    const error = await startServer({ settings }).catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain("PROGIMAGE_WEBHOOK_SECRET");
    expect((error as Error).message).not.toContain("whsec_secret");
  });
});

/** Returns a job that has ended without a notification, and a queue without delays. */
async function endedJob({ host, url }: { readonly host: string; readonly url: string }, owner = "") {
  const queue = new MemoryJobQueue();
  const added: NewTask[] = [];
  const delays: number[] = [];
  queue.add = async (tasks, { delay = 0 } = {}) => {
    added.push(...tasks);
    delays.push(delay);
  };
  const tables = new MemoryTables();
  const records = new MemoryJobRecords(tables);
  const jobs = records.of(owner);
  const ports = { jobs, queue, now: Date.now, owner, catalog: new MemoryImageCatalog(tables) };
  const request = { select: { filter: {} }, outputs: [{ name: null, steps: [], format: "png" }] } as const;
  const begun = await createJob(
    { ...ports, exchange: null, limits: DEFAULT_LIMITS },
    { ...request, deliver: "derivatives", webhook: url },
  );
  const job = (await jobs.end(begun.id, "cancelled", null))?.job ?? begun;
  added.length = 0;
  delays.length = 0;
  const warnings: object[] = [];
  const log = { info: () => {}, warn: (facts: object) => warnings.push(facts) };
  const listeners = new RemoteListeners({ allowHosts: [host] });
  const options = {
    listeners,
    secrets: [SECRET],
    firstRetryMs: 5_000,
    publicUrl: "http://localhost",
    transforms: createRegistry([]),
    log,
  };
  const webhooks = new Webhooks({ ...ports, jobs: records }, options as never);
  const { signal } = new AbortController();
  const tell = (task: NewTask) => webhooks.handle({ ...task, attempt: 1 }, { signal });
  return { job, queue: { added, delays, jobs }, tell, warnings };
}
