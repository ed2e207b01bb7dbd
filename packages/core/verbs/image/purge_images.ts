import type { DerivativeCache } from "../../derivative/derivative_cache.ts";
import { sourceOf } from "../../derivative/derivative_key.ts";
import { resultOf } from "./find_images.ts";
import {
  forgetDerivatives,
  type ForgetDerivativesOptions,
  type Freeing,
  olderThan,
} from "../render/forget_derivatives.ts";
import type { Image } from "../../image/image.ts";
import { isImageId } from "../../image/image_id.ts";
import type { Ports } from "../../ports.ts";
import { type ImageSelection, type SelectedImage, selectImages } from "./select_images.ts";

/** Images that were purged. */
export interface PurgedImages extends Freeing {
  /** The number of purged images; `null` for all images, which are not counted. */
  readonly purged: number | null;
  /** Ids of the selection that have no image. */
  readonly missing: readonly string[];
}

/** Images that are purged in one step of the catalog. */
const BATCH = 500;

/** Images whose files are removed in one pass. A pass reads up to 256 folders, for any number of images. */
const SOURCES_AT_ONCE = 10_000;

/** Purges images, as {@linkcode purgeImage} does for one. Images that are stored meanwhile have no old derivatives. */
export async function purgeImages(
  ports: Pick<Ports, "catalog" | "derivatives" | "now" | "owner">,
  selection: ImageSelection,
  options: ForgetDerivativesOptions = {},
): Promise<PurgedImages> {
  if ("all" in selection) {
    const generation = await ports.catalog.purgeAll();
    const clear = (cache: DerivativeCache) => cache.clear(ports.owner, olderThan(generation));
    return { purged: null, missing: [], freed: forgetDerivatives(ports, clear, options) };
  }
  let purged = 0;
  const missing: string[] = [];
  const batches = purgeBatches(ports, selection, options);
  for (;;) {
    const { done, value } = await batches.next();
    if (done) return { purged, missing: "ids" in selection ? missing : [], ...value };
    for (const { id, result } of value) {
      if (result.status === "fulfilled") purged++;
      else missing.push(id);
    }
  }
}

/** Purges each image of a selection and returns its result. A missing image results in `image_not_found`. */
export async function* purgeEach(
  ports: Pick<Ports, "catalog" | "derivatives" | "now">,
  selection: ImageSelection,
  options: ForgetDerivativesOptions = {},
): AsyncGenerator<SelectedImage<Image>, void> {
  for await (const images of purgeBatches(ports, selection, options)) yield* images;
}

/**
 * Purges batches of images. Its return value resolves when the files are removed: soon after the last batch, or earlier if there are many.
 */
async function* purgeBatches(
  ports: Pick<Ports, "catalog" | "derivatives" | "now">,
  selection: ImageSelection,
  options: ForgetDerivativesOptions,
): AsyncGenerator<readonly SelectedImage<Image>[], Freeing> {
  let freed = Promise.resolve();
  let sources = new Set<string>();
  let generation: number | undefined;
  const free = () => {
    const [before, due, first] = [freed, [...sources], generation];
    sources = new Set();
    generation = undefined;
    if (first === undefined) return;
    const forget = async (cache: DerivativeCache) => {
      await before;
      await cache.forget(due, olderThan(first));
    };
    freed = forgetDerivatives(ports, forget, options);
  };
  try {
    for await (const ids of selectImages(ports, selection, { batch: BATCH })) {
      const images = await ports.catalog.purge(ids.filter(isImageId));
      for (const image of images) sources.add(sourceOf(image));
      generation ??= images[0]?.generation;
      if (sources.size >= SOURCES_AT_ONCE) free();
      const purged = new Map(images.map((image) => [image.id, image]));
      yield ids.map((id) => ({ id, result: resultOf(purged.get(id)) }));
    }
  } finally {
    free();
  }
  return { freed };
}
