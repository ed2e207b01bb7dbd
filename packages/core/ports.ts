import type { UsedTokens } from "./access/token/used_tokens.ts";
import type { BlobLedger } from "./blob/blob_ledger.ts";
import type { BlobStore } from "./blob/blob_store.ts";
import type { ReportDamage } from "./blob/bytes_error.ts";
import type { RemovalRecord } from "./blob/removal_record.ts";
import type { Spool } from "./blob/spool.ts";
import type { DerivativeCache } from "./derivative/derivative_cache.ts";
import type { SingleFlight } from "./derivative/single_flight.ts";
import type { DeletedImages } from "./image/deleted/deleted_images.ts";
import type { ImageCatalog } from "./image/catalog/image_catalog.ts";
import type { InstallationRecord, StoreMark } from "./installation/installation.ts";
import type { FileExchange } from "./job/exchange/file_exchange.ts";
import type { JobQueue } from "./job/queue/job_queue.ts";
import type { JobRecords } from "./job/records/job_records.ts";
import type { Limits } from "./limits.ts";
import type { RenderedImage } from "./derivative/rendered_image.ts";
import type { Renderer } from "./render/renderer.ts";
import type { RemoteSources } from "./source/remote_sources.ts";
import type { Presets } from "./transform/recipe/presets.ts";
import type { TransformRegistry } from "./transform/contract/registry.ts";

/** The ports that the verbs of this package use. Each verb takes only those it needs. */
export interface Ports {
  readonly blobs: BlobStore;
  readonly catalog: ImageCatalog;
  readonly deleted: DeletedImages;
  readonly derivatives: DerivativeCache;
  /** The operator's file exchange, whose files jobs may read and write; `null` if there is none. */
  readonly exchange: FileExchange | null;
  /** Renders in progress in this process, by derivative key. */
  readonly flights: SingleFlight<RenderedImage>;
  /** The identity of the database. */
  readonly installation: InstallationRecord;
  readonly jobs: JobRecords;
  readonly ledger: BlobLedger;
  readonly limits: Limits;
  /** The identity of the store. */
  readonly mark: StoreMark;
  readonly presets: Presets;
  readonly queue: JobQueue;
  readonly removals: RemovalRecord;
  /**
   * Records that the bytes of a blob are damaged or missing, and notifies the operator. Returns whether the record has changed. Never
   * throws.
   */
  readonly reportDamage: ReportDamage;
  /** Images at remote URLs. */
  readonly remote: RemoteSources;
  readonly renderer: Renderer;
  /** Temporary files that may be stored later, on the volume of the blobs. */
  readonly spool: Spool;
  /** Temporary files that are never stored. */
  readonly scratch: Spool;
  /** The upload tokens that allow one image and were used. */
  readonly tokens: UsedTokens;
  readonly transforms: TransformRegistry;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
  /** The tenant whose data these ports reach; empty for the first one. */
  readonly owner: string;
}
