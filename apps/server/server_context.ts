import type { FindImagePorts, KeyRecords, Ports, TenantRecords, UsageRecords } from "@progimage/core";
import type { DeliveryRule } from "./access/delivery_rule.ts";
import type { KeyDirectory } from "./access/key_directory.ts";
import type { Signatures } from "./access/signature/signatures.ts";
import type { TenantDirectory } from "./access/tenant_directory.ts";
import type { RedirectToBlob } from "./compose/compose_storage.ts";
import type { Config } from "./settings/config.ts";
import type { KnownAnswers } from "./answer/known_answers.ts";
import type { JobWatcher } from "./jobs/job_watcher.ts";
import type { Logger } from "./program/log.ts";
import type { Notice } from "./compose/notices.ts";
import type { Webhooks } from "./jobs/webhooks.ts";

/**
 * The state that all tenants share. Routes are made from it, so that a route can reach images and jobs in one way only: by the
 * context of a request.
 */
export interface SharedContext {
  readonly config: Config;
  /** Says which right an answer with an image needs. */
  readonly deliveryRule: DeliveryRule;
  readonly keys: KeyRecords;
  readonly keyDirectory: KeyDirectory;
  readonly log: Logger;
  /** The ports that reach no data of a tenant. */
  readonly ports: Pick<Ports, "limits" | "now" | "presets" | "transforms">;
  /** The URL at which callers reach the server, without a trailing slash; empty if it is unknown. */
  readonly publicUrl: string;
  readonly tenants: TenantRecords;
  readonly usage: UsageRecords;
  /** The tenants as they were within the last second. */
  readonly directory: TenantDirectory;
  /** Part of the versions in URLs that changes when the same recipe renders differently. */
  readonly renderEpoch: string;
  /** Signs URLs and verifies them; `null` in mode `open`, which needs no signatures. */
  readonly signatures: Signatures | null;
  /** Returns the notices for the operator, which do not stop requests from being served. */
  readonly findNotices: () => readonly Notice[];
  /** Rejects while requests cannot be served. */
  readonly checkReadiness: () => Promise<void>;
  /** Returns the state with the ports of the tenant on whose data a request works. */
  readonly of: (request: Request) => ServerContext;
}

/** The state of the server for the requests of one tenant. */
export interface ServerContext extends SharedContext {
  /** Finds images for delivery, also for a limited time while the database is unavailable. */
  readonly delivery: FindImagePorts;
  /** The cache of previous answers. */
  readonly known: KnownAnswers;
  readonly ports: Ports;
  /** Returns a URL from which callers get an original elsewhere; `null` if the server sends originals itself. */
  readonly redirect: RedirectToBlob | null;
  readonly watcher: JobWatcher;
  /** `null` if none can be signed: then none are sent. */
  readonly webhooks: Webhooks | null;
}
