import type { FindImagePorts, Ports } from "@progimage/core";
import type { RedirectToBlob } from "./compose/compose_storage.ts";
import type { Config } from "./settings/config.ts";
import type { KnownAnswers } from "./answer/known_answers.ts";
import type { JobWatcher } from "./jobs/job_watcher.ts";
import type { Logger } from "./program/log.ts";
import type { Notice } from "./compose/notices.ts";
import type { Webhooks } from "./jobs/webhooks.ts";

/** What the routes of the server share. */
export interface ServerContext {
  readonly config: Config;
  /** Finds images to be delivered, for a time while the database is away too. */
  readonly delivery: FindImagePorts;
  readonly log: Logger;
  /** Answers that were given before. */
  readonly known: KnownAnswers;
  readonly ports: Ports;
  /** Where callers reach the server: without a slash at the end. */
  readonly publicUrl: string;
  /** What renders of the same recipe have in common: part of the versions that URLs carry. */
  readonly renderEpoch: string;
  /** Gives a URL under which callers get an original from elsewhere; `null` where the server sends them itself. */
  readonly redirect: RedirectToBlob | null;
  readonly watcher: JobWatcher;
  /** `null` where none are signed, and so none are sent. */
  readonly webhooks: Webhooks | null;
  /** Returns what the operator should know, although requests are served. */
  readonly findNotices: () => readonly Notice[];
  /** Rejects while requests cannot be served. */
  readonly checkReadiness: () => Promise<void>;
}
