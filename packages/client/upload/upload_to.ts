import { Connection, type OpenBody, type ProgImageOptions } from "../connection/connection.ts";
import { writeMultipart } from "../connection/multipart.ts";
import { readInfo } from "../connection/read_answer.ts";
import type { ImageInfo } from "../images/image.ts";
import type { UploadSource } from "../images/sources.ts";
import type { FocalPoint } from "../shapes.ts";
import { describe } from "./image_description.ts";
import { FILE_PART, type IdempotentOptions, uploadCall } from "./upload.ts";
import { isReplayable, openSource, typeOf } from "./upload_source.ts";

/** Options for {@linkcode uploadTo}. */
export interface UploadToOptions extends IdempotentOptions, Pick<ProgImageOptions, "fetch" | "retry"> {
  /** The name of the image, if the token leaves it open. */
  readonly name?: string;
  /** The focal point of the image, if the token leaves it open. */
  readonly focalPoint?: FocalPoint;
}

/**
 * Stores an image at the URL of an upload token, and returns its description. The token is all that the server asks for, so this works
 * on any page whose origin the server allows.
 *
 * @throws {PermissionError} if the token is not valid, or not any more
 * @throws {ConflictError} if it allows one image, and was used
 * @throws {TooLargeError} if it allows no image of that size
 */
export async function uploadTo(
  token: string | URL,
  source: UploadSource,
  options: UploadToOptions = {},
): Promise<ImageInfo> {
  const { name, focalPoint, fetch, retry, ...call } = options;
  const { origin, pathname, search } = new URL(token);
  const connection = new Connection({ baseUrl: origin, fetch, retry });
  const fields = describe({ name, focalPoint });
  const type = typeOf(source);
  const body = async (): Promise<OpenBody> => {
    const opened = { ...(await openSource(source)), type };
    const { close } = opened;
    if (fields.size > 0) return { ...writeMultipart(fields, [{ part: FILE_PART, source: opened }]), close };
    return { body: opened.body as BodyInit, headers: { "content-type": type }, close };
  };
  return await connection.send(
    pathname + search,
    { ...uploadCall(call, isReplayable(source)), body },
    readInfo,
  );
}
