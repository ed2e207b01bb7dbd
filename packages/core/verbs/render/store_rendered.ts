import type { ImageAttributes, SaidAttributes } from "../../image/image.ts";
import type { Ports } from "../../ports.ts";
import type { RenderedFile } from "./render_once.ts";
import { storeImage, type StoredNow, type StoreImageOptions } from "../image/store_image.ts";

/**
 * Keeps a result as an image of its own. It must have been rendered into the spool, on the volume of the blobs; its file is gone
 * afterwards.
 *
 * @throws {ProgImageError} whatever {@linkcode storeImage} refuses
 */
export async function storeRendered(
  ports: Pick<Ports, "blobs" | "catalog" | "ledger" | "now" | "renderer" | "spool">,
  rendered: RenderedFile,
  attributes: ImageAttributes & SaidAttributes,
  options: StoreImageOptions = {},
): Promise<StoredNow> {
  await using result = rendered;
  await using file = await ports.spool.adopt(result.path);
  return await storeImage(ports, file, attributes, options);
}
