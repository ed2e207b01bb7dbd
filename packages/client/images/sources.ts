import type { FileSource } from "../upload/file_source.ts";
import type { Image } from "../shapes.ts";

/** A stored image: its id or the image itself. */
export type ImageReference = string | Pick<Image, "id">;

/** Bytes to send. `fromFile` names a file, and needs Bun, Node or Deno. */
export type UploadSource = Blob | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array> | FileSource;

/**
 * An image to process: a stored one, its http(s) URL, or a source whose bytes are sent. A text is always an id: use `fromFile` for a
 * path, and `fromUrl` for a URL.
 */
export type ImageSource = ImageReference | UploadSource | URL;
