import type { Image, ProgImage } from "../packages/client/mod.ts";

/** How an editor wants a photo to appear. */
export interface Teaser {
  /** The part that is shown, in pixels of the photo. */
  readonly crop: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Any text: commas, colons, braces and quotes as well. */
  readonly caption: string;
}

/** Returns the URL of a photo's part with its caption, for the front page. */
export function teaserUrl(client: ProgImage, photo: Image, { crop, caption }: Teaser): string {
  return client
    .image(photo)
    .crop(crop)
    .resize({ width: 640 })
    .text(caption, { gravity: "south", size: 24, color: "white", box: true })
    .jpeg({ quality: 80 })
    .url();
}
