import { imageNotFound } from "./find_image.ts";
import {
  forgetDerivatives,
  type ForgetDerivativesOptions,
  type Freeing,
  olderThan,
} from "../render/forget_derivatives.ts";
import { isImageId } from "../../image/image_id.ts";
import { sourceOf } from "../../derivative/derivative_key.ts";
import type { Image } from "../../image/image.ts";
import type { Ports } from "../../ports.ts";

/** An image that was purged, in its new generation. */
export interface PurgedImage extends Freeing {
  readonly image: Image;
}

/**
 * Purges an image: its derivatives are rendered anew on the next request, with new entity tags. The old files are soon removed.
 *
 * @throws {ProgImageError} `image_not_found`
 */
export async function purgeImage(
  ports: Pick<Ports, "catalog" | "derivatives">,
  id: string,
  options: ForgetDerivativesOptions = {},
): Promise<PurgedImage> {
  const [image] = isImageId(id) ? await ports.catalog.purge([id]) : [];
  if (!image) throw imageNotFound();
  const older = olderThan(image.generation);
  const freed = forgetDerivatives(ports, (cache) => cache.forget([sourceOf(image)], older), options);
  return { image, freed };
}
