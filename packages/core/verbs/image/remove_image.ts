import { imageNotFound } from "./find_image.ts";
import {
  forgetDerivatives,
  type ForgetDerivativesOptions,
  type Freeing,
} from "../render/forget_derivatives.ts";
import { sourceOf } from "../../derivative/derivative_key.ts";
import type { RemoveOptions } from "../../image/catalog/image_catalog.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";

/** Options for {@linkcode removeImage}. */
export interface RemoveImageOptions extends ForgetDerivativesOptions, RemoveOptions {}

/**
 * Deletes an image at once. Its derivatives are soon removed and its bytes later, unless other images of its owner have the same bytes.
 *
 * @throws {ProgImageError} `image_not_found`, and any error of `check`
 */
export async function removeImage(
  ports: Pick<Ports, "catalog" | "derivatives" | "ledger">,
  id: string,
  { check, ...options }: RemoveImageOptions = {},
): Promise<Freeing> {
  const removed = isImageId(id) ? await ports.catalog.remove(id, { check }) : null;
  if (removed === null) throw imageNotFound();
  const sources = [sourceOf(removed)];
  const forget: Parameters<typeof forgetDerivatives>[1] = async (derivatives) => {
    const { size } = await ports.ledger.referenced(sources);
    if (size === 0) await derivatives.forget(sources);
  };
  return { freed: forgetDerivatives(ports, forget, options) };
}
