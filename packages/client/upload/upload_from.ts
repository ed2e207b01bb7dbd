import type { Connection } from "../connection/connection.ts";
import { jsonDescription } from "./image_description.ts";
import type { ImageInfo } from "../images/image.ts";
import { readInfo } from "../connection/read_answer.ts";
import { uploadCall, type UploadOptions } from "./upload.ts";

/** Makes the server fetch an image and returns it as it was stored. */
export function uploadFrom(
  connection: Connection,
  url: string | URL,
  options: UploadOptions,
): Promise<ImageInfo> {
  const call = uploadCall(options, true);
  const headers = { ...call.headers, "content-type": "application/json" };
  const body = JSON.stringify({ url, ...jsonDescription(options) });
  return connection.send("/images", { ...call, headers, body }, readInfo);
}
