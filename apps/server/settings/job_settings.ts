import { availableParallelism } from "node:os";
import { DEFAULT_LIMITS } from "@progimage/core";
import { integer, webhookSecrets } from "./setting.ts";

/** Work in the background. */
export const JOB_SETTINGS = {
  jobItemsAtATime: integer(
    "PROGIMAGE_JOB_ITEMS_AT_A_TIME",
    availableParallelism() + 5,
    "Results of jobs that are made at a time: a few more than render processes, so that none of these waits; 0 runs no jobs. Each HTTP process has its part, but at least one. The first of a job of higher priority comes on top",
    { max: 1_024 },
  ),
  maxJobOutputs: integer(
    "PROGIMAGE_MAX_JOB_OUTPUTS",
    DEFAULT_LIMITS.jobOutputs,
    "Results that a job makes of each image",
    { min: 1 },
  ),
  maxWaitingJobs: integer(
    "PROGIMAGE_MAX_WAITING_JOBS",
    DEFAULT_LIMITS.waitingJobs,
    "Jobs that have not ended, on all servers; further ones are refused with 429 `too_many_jobs`",
    { min: 1 },
  ),
  maxWaitingJobItems: integer(
    "PROGIMAGE_MAX_WAITING_JOB_ITEMS",
    DEFAULT_LIMITS.waitingJobItems,
    "Images that wait in all jobs, on all servers; a job with more than there is room for is refused with 429 `too_many_jobs`. Those of a filter or a prefix count when they are found, some 500 at a time",
    { min: 1 },
  ),
  maxJobJsonBytes: integer(
    "PROGIMAGE_MAX_JOB_JSON_BYTES",
    4_000_000,
    "Bytes of the JSON that begins a job, or that lists URLs to store in the background",
    { min: 1 },
  ),
  maxEventListeners: integer(
    "PROGIMAGE_MAX_EVENT_LISTENERS",
    1_000,
    "Clients that may follow jobs by their events at a time, for each HTTP process",
  ),
  eventStreamMs: integer(
    "PROGIMAGE_EVENT_STREAM_MS",
    300_000,
    "Time after which a stream of events ends, at the latest: clients come back and continue after the last event, if they still have the right to it",
    { min: 1_000, max: 86_400_000 },
  ),
  webhookSecrets: webhookSecrets(
    "PROGIMAGE_WEBHOOK_SECRET",
    "Signs webhooks, which are refused without it: whsec_ and 24 to 64 bytes in base64. With several, by commas, each signs: list the next one beside the one that receivers know to change it. Webhooks are sent to public hosts, and to those of PROGIMAGE_FETCH_ALLOW_HOSTS",
  ),
  webhookDeadlineMs: integer(
    "PROGIMAGE_WEBHOOK_DEADLINE_MS",
    10_000,
    "Time in which a webhook must be answered",
    { min: 100 },
  ),
  webhookRetryMs: integer(
    "PROGIMAGE_WEBHOOK_RETRY_MS",
    5_000,
    "Time after which a webhook that failed is sent again; three times as long after each further time, up to six hours, twelve times in all",
    { min: 1 },
  ),
};
