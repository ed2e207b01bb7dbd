import type { FileSource } from "../upload/file_source.ts";
import type { Image } from "../shapes.ts";

/** A stored image: its id, or the image itself. */
export type ImageReference = string | Pick<Image, "id">;

/** Bytes that can be sent: those of a file are named by `fromFile`, which needs Bun, Node or Deno. */
export type UploadSource = Blob | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array> | FileSource;

/**
 * An image to work on: a stored one, an http(s) URL where it lies, or something whose bytes are sent along. A text is an id and
 * nothing else: say `fromFile` for a path, and `fromUrl` for an address.
 */
export type ImageSource = ImageReference | UploadSource | URL;
