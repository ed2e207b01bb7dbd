import type { Image, ProgImage } from "../packages/client/mod.ts";

/** An editor's settings for a photo. */
export interface Teaser {
  /** The visible part, in pixels of the photo. */
  readonly crop: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Any text, including commas, colons, braces and quotes. */
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
