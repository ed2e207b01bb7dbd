import { readJson } from "./connection.ts";
import type { Image, ImageInfo } from "../images/image.ts";

/** Returns the body of a response as a stream. */
export function readStream(response: Response): ReadableStream<Uint8Array<ArrayBuffer>> {
  return response.body ?? new Blob([]).stream();
}

/** Reads the bytes of a response. */
export async function readBytes(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await response.arrayBuffer());
}

/** Reads the description of an image and its `ETag`. */
export async function readInfo(response: Response): Promise<ImageInfo> {
  return { ...(await readJson<Image>(response)), etag: response.headers.get("etag") };
}
