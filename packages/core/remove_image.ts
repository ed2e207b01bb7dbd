import { imageNotFound } from "./find_image.ts";
import { isImageId } from "./image/image_id.ts";
import type { Ports } from "./ports.ts";

/**
 * Forgets an image at once. Its bytes go later, unless other images have the same ones.
 *
 * @throws {ProgImageError} `not_found`
 */
export async function removeImage(ports: Pick<Ports, "catalog">, id: string): Promise<void> {
  const removed = isImageId(id) && (await ports.catalog.remove(id));
  if (!removed) throw imageNotFound();
}
