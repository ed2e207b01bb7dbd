import { type Image, PreconditionFailedError, type ProgImage } from "../packages/client/mod.ts";

/** A page of a collection, as a website shows it. */
export interface CollectionPage {
  readonly objects: readonly { readonly title: string; readonly picture: string; readonly color: string }[];
  /** Leads to the next page; `null` on the last one. */
  readonly next: string | null;
}

/** Returns a page of a museum's objects, by their titles. */
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

/** Changes what is said of an object, although another curator may be changing it too. */
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
