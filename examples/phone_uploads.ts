import type { Image, ProgImage } from "../packages/client/mod.ts";

/** Sends a photo from a phone as a form, with the file first. It expires after a day. Returns the image. */
export async function sendPhoto(baseUrl: string, photo: File, chat: string): Promise<Image> {
  const form = new FormData();
  form.append("file", photo);
  form.append("tags", `chat-${chat}`);
  form.append("expiresIn", String(24 * 3600));
  const answer = await fetch(`${baseUrl}/images`, { method: "POST", body: form });
  if (!answer.ok) throw new Error(((await answer.json()) as { readonly detail: string }).detail);
  return (await answer.json()) as Image;
}

/** Returns the pictures of a chat, the newest first: a bubble for each photo, no larger than a screen. */
export async function photosOf(client: ProgImage, chat: string): Promise<readonly string[]> {
  const photos = await Array.fromAsync(client.images.list({ tag: `chat-${chat}` }));
  return photos.map((photo) => client.image(photo).resize({ width: 480, height: 640 }).auto().url());
}
