import { fromUrl, type Image, type ProgImage } from "../packages/client/mod.ts";

/** A picture of a product at its maker's URL. */
export interface ProductPicture {
  readonly sku: string;
  readonly title: string;
  readonly url: string;
}

/** Stores pictures with the shop's data about each. Returns the SKUs of those that failed. */
export async function importPictures(
  client: ProgImage,
  pictures: readonly ProductPicture[],
): Promise<ReadonlyMap<string, string>> {
  const sources = pictures.map(({ sku, title, url }) => ({
    source: fromUrl(url),
    name: title,
    metadata: { sku },
    idempotencyKey: `product-${sku}`,
  }));
  const failed = new Map<string, string>();
  for await (const { index, problem } of client.images.uploadAll(sources, {
    tags: ["product"],
    concurrency: 8,
  }))
    if (problem) failed.set(pictures[index]?.sku ?? "", problem.detail);
  return failed;
}

/** Returns the `srcset` of a product's picture: three by four, no wider than the image. */
export function pictureSet(client: ProgImage, image: Image): string {
  return client
    .image(image)
    .thumbnail({ width: 300, height: 400 })
    .auto()
    .srcset({ widths: [300, 600, 1200] });
}

/** Marks many pictures as on sale with one call. Returns how many. */
export async function putOnSale(client: ProgImage, ids: readonly string[]): Promise<number> {
  const { succeeded } = await client.images.select({ ids }).update({ tags: { add: ["sale"] } });
  return succeeded;
}
