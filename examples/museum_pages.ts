import { type Image, PreconditionFailedError, type ProgImage } from "../packages/client/mod.ts";

/** A page of a collection for a website. */
export interface CollectionPage {
  readonly objects: readonly { readonly title: string; readonly picture: string; readonly color: string }[];
  /** The cursor of the next page; `null` on the last one. */
  readonly next: string | null;
}

/** Returns a page of a museum's objects, ordered by their titles. */
export async function collectionPage(
  client: ProgImage,
  cursor: string | null = null,
): Promise<CollectionPage> {
  const { items, next } = await client.images.list({ order: "name", limit: 24 }).page(cursor);
  const objects = items.map((image) => ({
    title: image.name ?? "Untitled",
    picture: client.image(image).resize({ width: 400, height: 400 }).webp().url(),
    color: image.dominantColor,
  }));
  return { objects, next };
}

/** Changes an object's metadata, even if another curator is changing it at the same time. */
export async function relabel(
  client: ProgImage,
  id: string,
  label: (image: Image) => string,
): Promise<Image> {
  for (let tries = 0; ; tries++) {
    const image = await client.images.get(id);
    const patch = { metadata: { label: label(image) } };
    try {
      return await client.images.update(id, patch, { ifMatch: image.etag ?? undefined });
    } catch (error) {
      if (!(error instanceof PreconditionFailedError) || tries === 5) throw error;
    }
  }
}
