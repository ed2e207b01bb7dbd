import type { FocalPoint, ProgImage } from "../packages/client/mod.ts";

/** The attributes of an `img` for an avatar that is 64 pixels wide, sharp on every screen. */
export interface Avatar {
  readonly src: string;
  readonly srcset: string;
}

/** Stores a user's new avatar, deletes the previous ones, and returns the attributes for pages. Crops keep `face` in view. */
export async function changeAvatar(
  client: ProgImage,
  user: string,
  { photo, face }: { readonly photo: Blob; readonly face?: FocalPoint },
): Promise<Avatar> {
  const tag = `avatar-of-${user}`;
  const image = await client.images.upload(photo, { tags: [tag], focalPoint: face });
  const stored = await Array.fromAsync(client.images.list({ tag }));
  const ids = stored.map(({ id }) => id).filter((id) => id !== image.id);
  if (ids.length > 0) await client.images.select({ ids }).delete();
  const avatar = client.image(image).thumbnail({ width: 64, height: 64 }).mask("circle").webp();
  return { src: avatar.url(), srcset: avatar.srcset({ width: 64, densities: [1, 2, 3] }) };
}
