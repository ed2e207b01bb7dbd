import type { BlobLedger } from "./blob/blob_ledger.ts";
import type { BlobStore } from "./blob/blob_store.ts";
import type { Spool } from "./blob/spool.ts";
import type { DerivativeCache } from "./derivative/derivative_cache.ts";
import type { SingleFlight } from "./derivative/single_flight.ts";
import type { ImageCatalog } from "./image/image_catalog.ts";
import type { Limits } from "./limits.ts";
import type { RenderedImage } from "./render_image.ts";
import type { Renderer } from "./render/renderer.ts";
import type { RemoteSources } from "./source/remote_sources.ts";
import type { Presets } from "./transform/presets.ts";
import type { TransformRegistry } from "./transform/registry.ts";

/** Everything that the verbs of this package work with. Each takes only what it uses. */
export interface Ports {
  readonly blobs: BlobStore;
  readonly catalog: ImageCatalog;
  readonly derivatives: DerivativeCache;
  /** Renders under way in this process, by derivative key. */
  readonly flights: SingleFlight<RenderedImage>;
  readonly ledger: BlobLedger;
  readonly limits: Limits;
  readonly presets: Presets;
  /** Images elsewhere. */
  readonly remote: RemoteSources;
  readonly renderer: Renderer;
  /** Where bytes wait that may be stored: on the volume of the blobs. */
  readonly spool: Spool;
  /** Where bytes are that are never stored. */
  readonly scratch: Spool;
  readonly transforms: TransformRegistry;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}
