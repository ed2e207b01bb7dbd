import { isLeasing, type LocalCopy } from "../blob/blob_store.ts";
import { reportIfDamaged } from "../blob/bytes_error.ts";
import { localCopy } from "../blob/local_copy.ts";
import type { SpooledFile } from "../blob/spool.ts";
import type { FocalPoint, StoredImage } from "../image/image.ts";
import type { Probe } from "../image/probe.ts";
import { ownerTag } from "../tenant/owner_tag.ts";
import { assertUndamaged } from "../verbs/render/open_original.ts";
import type { Ports } from "../ports.ts";

/** An input image of a recipe, stored or temporary. */
export interface SourceImage extends Probe {
  /** Its tenant. Others share neither its derivatives nor the record of its failures. */
  readonly owner: string;
  /** SHA-256 of its bytes in 64 hexadecimal digits. */
  readonly sha256: string;
  /** When its derivatives were last purged, in milliseconds since 1970; 0 if never. */
  readonly generation: number;
  readonly focalPoint: FocalPoint | null;
  /** Returns a local file with its bytes. Disposing of it releases the file. */
  readonly open: () => Promise<LocalCopy>;
  /** Reports that these bytes are damaged. */
  readonly onDamage?: () => Promise<unknown>;
}

/**
 * Returns the name of bytes in the record of failures. Each owner has its own, as a refusal without a trial would tell that another owner
 * has sent the same bytes.
 */
export function trialKey({ owner, sha256 }: Pick<SourceImage, "owner" | "sha256">): string {
  return owner === "" ? sha256 : `${sha256}-${ownerTag(owner)}`;
}

/** Returns an image of the repository as a source. */
export function storedSource(
  { blobs, reportDamage, scratch }: Pick<Ports, "blobs" | "reportDamage" | "scratch">,
  image: StoredImage,
): SourceImage {
  const { blobKey, bytes } = image;
  const open = async () => {
    assertUndamaged(image);
    return await localCopy(blobs, blobKey, scratch, { bytes }).catch(async (error: unknown) => {
      // A leasing store reports damage itself.
      throw isLeasing(blobs) ? error : await reportIfDamaged(error, blobKey, reportDamage);
    });
  };
  return { ...image, open, onDamage: () => reportDamage(blobKey) };
}

/**
 * Returns received bytes as a source. The holder of the file disposes of it after the last render.
 *
 * @throws {ProgImageError} the errors of {@linkcode Renderer.probe}
 */
export async function spooledSource(
  { owner, renderer }: Pick<Ports, "owner" | "renderer">,
  file: Pick<SpooledFile, "path" | "sha256">,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<SourceImage> {
  const key = trialKey({ owner, sha256: file.sha256 });
  const probe = await renderer.probe(file.path, { key, signal });
  const open = async () => ({ path: file.path, [Symbol.asyncDispose]: async () => {} });
  return { ...probe, owner, sha256: file.sha256, generation: 0, focalPoint: null, open };
}
