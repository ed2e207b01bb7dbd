import { imageNotFound } from "./find_image.ts";
import { forgetDerivatives } from "./forget_derivatives.ts";
import { isImageId } from "./image/image_id.ts";
import type { Image } from "./image/image.ts";
import type { Ports } from "./ports.ts";

/**
 * Has everything that was rendered of an image rendered anew when it is asked for, under other entity tags, and frees what there
 * was. Gives the image, in its new generation.
 *
 * @throws {ProgImageError} `not_found`
 */
export async function purgeImage(ports: Pick<Ports, "catalog" | "derivatives">, id: string): Promise<Image> {
  const [image] = isImageId(id) ? await ports.catalog.purge([id]) : [];
  if (!image) throw imageNotFound();
  await forgetDerivatives(ports, [image.sha256]);
  return image;
}
