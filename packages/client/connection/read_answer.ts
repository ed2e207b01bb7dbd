import { readJson } from "./connection.ts";
import type { Image, ImageInfo } from "../images/image.ts";

/** Gives the body of an answer as a stream. */
export function readStream(response: Response): ReadableStream<Uint8Array<ArrayBuffer>> {
  return response.body ?? new Blob([]).stream();
}

/** Reads the bytes of an answer. */
export async function readBytes(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await response.arrayBuffer());
}

/** Reads what an answer tells of an image, and its state. */
export async function readInfo(response: Response): Promise<ImageInfo> {
  return { ...(await readJson<Image>(response)), etag: response.headers.get("etag") };
}
