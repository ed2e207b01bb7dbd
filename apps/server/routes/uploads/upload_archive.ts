import {
  archiveEntries,
  type ArchiveEntry,
  type ArchiveKind,
  NO_ATTRIBUTES,
  ProgImageError,
  type SaidSharedAttributes,
} from "@progimage/core";
import { watchRate } from "../../request/minimum_rate.ts";
import { idempotencyOf } from "../../request/idempotency_key.ts";
import { bodyError, bodyOf, tooLarge } from "../../request/request_body.ts";
import { cleanName, type UploadFields } from "../../request/upload_fields.ts";
import { inOrder } from "../../http/in_order.ts";
import type { ServerContext } from "../../server_context.ts";
import { failedItem, storeItem, type UploadItem } from "./upload_item.ts";

/** Images of one archive that are checked and stored while the next ones arrive. */
const MAX_UNSETTLED = 8;

/**
 * Stores the images of an archive, and yields an item for each, in order, while more of them arrive. If the archive breaks off, earlier
 * images are kept, and the last item has the error.
 *
 * @throws {ProgImageError} if it cannot yield any item
 */
export function storeArchive(
  context: ServerContext,
  request: Request,
  kind: ArchiveKind,
  fields: UploadFields,
): AsyncGenerator<UploadItem, void> {
  const { ports } = context;
  const shared = fields.sharedAttributes(ports);
  const limit = ports.limits.archiveBytes;
  const entries = archiveEntries(kind, archiveBody(context, request), {
    ...ports.limits,
    spool: (body) => ports.scratch.receive(body, { limit }),
  });
  return inOrder<UploadItem>(
    async (add) => {
      let place = 0;
      try {
        for await (const entry of entries)
          await add((await receiveEntry(context, request, entry, { shared, place: place++ })).kept);
      } catch (error) {
        if (place === 0) throw error;
        await add(Promise.resolve(failedItem(context, request, error)));
        return;
      }
      if (place > 0) return;
      const message = "Cannot store images as the archive must have a file: it has none";
      throw new ProgImageError("invalid_request", message);
    },
    { atATime: MAX_UNSETTLED },
  );
}

/** Yields the body of a request with an archive. @throws {ProgImageError} `too_large`, `too_slow`, `cancelled` */
export async function* archiveBody(
  { config }: ServerContext,
  request: Request,
): AsyncGenerator<Uint8Array, void> {
  const { maxArchiveBytes: limit } = config;
  const onProgress = watchRate(request, config);
  let bytes = 0;
  try {
    for await (const chunk of bodyOf(request, limit)) {
      bytes += chunk.length;
      if (bytes > limit) throw tooLarge(limit, bytes);
      onProgress(bytes);
      yield chunk;
    }
  } catch (error) {
    throw bodyError(error);
  }
}

/** Resolves once the entry has been received; `kept` resolves once it is stored or refused. Never rejects. */
async function receiveEntry(
  context: ServerContext,
  request: Request,
  entry: ArchiveEntry,
  { shared, place }: { readonly shared: SaidSharedAttributes; readonly place: number },
): Promise<{ readonly kept: Promise<UploadItem> }> {
  const { config, ports } = context;
  const refused = (error: unknown) => failedItem(context, request, error, entry.name);
  try {
    const attributes = { ...NO_ATTRIBUTES, ...shared, name: cleanName(entry.name) };
    const idempotency = idempotencyOf(request, place);
    const file = await ports.spool.receive(await entry.open(), { limit: config.maxUploadBytes });
    return { kept: storeItem(context, file, attributes, idempotency).catch(refused) };
  } catch (error) {
    await entry.skip();
    return { kept: Promise.resolve(refused(error)) };
  }
}
