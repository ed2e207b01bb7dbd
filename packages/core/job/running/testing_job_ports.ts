import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MemoryBlobLedger } from "../../blob/memory_blob_ledger.ts";
import { MemoryUsedTokens } from "../../access/token/memory_used_tokens.ts";
import { MemoryRemovalRecord } from "../../blob/memory_removal_record.ts";
import { FsBlobStore } from "../../blob/fs_blob_store.ts";
import { Spool } from "../../blob/spool.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import { FsDerivativeCache } from "../../derivative/fs_derivative_cache.ts";
import { SingleFlight } from "../../derivative/single_flight.ts";
import { MemoryDeletedImages } from "../../image/deleted/memory_deleted_images.ts";
import { MemoryImageCatalog } from "../../image/catalog/memory_image_catalog.ts";
import { MemoryInstallationRecord } from "../../installation/memory_installation_record.ts";
import { MemoryStoreMark } from "../../installation/memory_store_mark.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import type { Ports } from "../../ports.ts";
import { recordDamage } from "../../verbs/image/record_damage.ts";
import { InlineRenderer } from "../../render/inline_renderer.ts";
import type { RemoteFile, RemoteSources } from "../../source/remote_sources.ts";
import { ProgImageError } from "../../error.ts";
import { integer } from "../../transform/contract/param.ts";
import { definePlugin } from "../../transform/contract/plugin.ts";
import { createPresets } from "../../transform/recipe/create_presets.ts";
import { createRegistry } from "../../transform/contract/registry.ts";
import { defineTransform } from "../../transform/contract/transform.ts";
import { FsFileExchange } from "../exchange/fs_file_exchange.ts";
import { MemoryJobQueue } from "../queue/memory_job_queue.ts";
import { MemoryJobRecords } from "../records/memory_job_records.ts";

/** Makes an image of the given width and height. */
const box = defineTransform({
  name: "box",
  version: 1,
  summary: "Scales the image",
  params: { side: integer({ min: 1, max: 20_000 }) },
  shorthand: "side",
  stage: "scale",
  size: (_size, { side }) => ({ width: side, height: side }),
  apply: (image, { side }) => image.resize(side, side, { fit: "fill" }),
});

/** Ports for tests of jobs: real rendering, records in memory, and a table of responses instead of remote servers. */
export async function testingJobPorts(
  folder: string,
  remote: ReadonlyMap<string, string> = new Map(),
): Promise<Ports & { readonly renderer: InlineRenderer }> {
  const tables = new MemoryTables();
  const transforms = createRegistry([definePlugin({ name: "@progimage/test", transforms: [box] })]);
  const spool = new Spool(join(folder, "incoming"), { capacity: 1e9 });
  const scratch = new Spool(join(folder, "tmp"), { capacity: 1e9 });
  const derivatives = new FsDerivativeCache(join(folder, "derivatives"), { capacity: 1e9 });
  const exchange = join(folder, "exchange");
  await Promise.all([spool.prepare(), scratch.prepare(), derivatives.prepare(), mkdir(exchange)]);
  const [installation, mark] = [new MemoryInstallationRecord(tables), new MemoryStoreMark()];
  await mark.write(await installation.adopt({ id: crypto.randomUUID(), counter: 1 }));
  const known = {
    catalog: new MemoryImageCatalog(tables),
    installation,
    ledger: new MemoryBlobLedger(tables),
  };
  return {
    ...known,
    blobs: new FsBlobStore(join(folder, "blobs")),
    deleted: new MemoryDeletedImages(tables),
    derivatives,
    exchange: new FsFileExchange(exchange),
    flights: new SingleFlight(),
    jobs: new MemoryJobRecords(tables),
    limits: DEFAULT_LIMITS,
    mark,
    owner: "",
    now: Date.now,
    presets: createPresets({}, transforms),
    queue: new MemoryJobQueue({ lease: 800 }),
    removals: new MemoryRemovalRecord(tables),
    remote: remoteFrom(remote, scratch),
    renderer: new InlineRenderer(transforms, DEFAULT_LIMITS),
    reportDamage: async (key) => (await recordDamage({ ...known, mark }, key)) !== null,
    scratch,
    spool,
    tokens: new MemoryUsedTokens(tables),
    transforms,
  };
}

function remoteFrom(remote: ReadonlyMap<string, string>, scratch: Spool): RemoteSources {
  return {
    of: () => remoteFrom(remote, scratch),
    fetch: (url, { into = scratch } = {}) => fetchFrom(remote, url, into),
  };
}

async function fetchFrom(remote: ReadonlyMap<string, string>, url: string, into: Spool): Promise<RemoteFile> {
  const path = remote.get(url);
  if (!path) throw new ProgImageError("source_not_found", "Cannot fetch source: there is nothing");
  const file = await into.receive(Bun.file(path).stream(), { limit: 1e9 });
  return { ...file, url, name: url.slice(url.lastIndexOf("/") + 1) };
}
