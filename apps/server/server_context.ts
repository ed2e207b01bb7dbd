import type { FindImagePorts, Ports } from "@progimage/core";
import type { RedirectToBlob } from "./compose/compose_storage.ts";
import type { Config } from "./settings/config.ts";
import type { KnownAnswers } from "./answer/known_answers.ts";
import type { JobWatcher } from "./jobs/job_watcher.ts";
import type { Logger } from "./program/log.ts";
import type { Notice } from "./compose/notices.ts";
import type { Webhooks } from "./jobs/webhooks.ts";

/** The state that the routes of the server share. */
export interface ServerContext {
  readonly config: Config;
  /** Finds images for delivery, also for a limited time while the database is unavailable. */
  readonly delivery: FindImagePorts;
  readonly log: Logger;
  /** The cache of previous answers. */
  readonly known: KnownAnswers;
  readonly ports: Ports;
  /** The URL at which callers reach the server, without a trailing slash; empty if it is unknown. */
  readonly publicUrl: string;
  /** Part of the versions in URLs that changes when the same recipe renders differently. */
  readonly renderEpoch: string;
  /** Returns a URL from which callers get an original elsewhere; `null` if the server sends originals itself. */
  readonly redirect: RedirectToBlob | null;
  readonly watcher: JobWatcher;
  /** `null` if none can be signed: then none are sent. */
  readonly webhooks: Webhooks | null;
  /** Returns the notices for the operator, which do not stop requests from being served. */
  readonly findNotices: () => readonly Notice[];
  /** Rejects while requests cannot be served. */
  readonly checkReadiness: () => Promise<void>;
}
