import type { ImageAttributes, SaidAttributes } from "../../image/image.ts";
import type { Ports } from "../../ports.ts";
import type { RenderedFile } from "./render_once.ts";
import { storeImage, type StoredNow, type StoreImageOptions } from "../image/store_image.ts";

/**
 * Stores a result as a new image. Its file must be in the spool, on the volume of the blobs, and is gone afterwards.
 *
 * @throws {ProgImageError} any error of {@linkcode storeImage}
 */
export async function storeRendered(
  ports: Pick<Ports, "blobs" | "catalog" | "ledger" | "now" | "owner" | "renderer" | "spool">,
  rendered: RenderedFile,
  attributes: ImageAttributes & SaidAttributes,
  options: StoreImageOptions = {},
): Promise<StoredNow> {
  await using result = rendered;
  await using file = await ports.spool.adopt(result.path);
  return await storeImage(ports, file, attributes, options);
}
