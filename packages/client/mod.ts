export type { CallOptions, Fetch, ProgImageOptions } from "./connection.ts";
export {
  ChangedError,
  ConnectionError,
  NotFoundError,
  ProgImageError,
  TimeoutError,
  TooLargeError,
  UnavailableError,
} from "./errors.ts";
export type { FocalPoint, Image, ImageInfo, JsonValue, OutputFormat, SourceFormat } from "./image.ts";
export type { FetchOptions, ImageHandle } from "./image_handle.ts";
export type { ImageList, ImageOrder, ImagePage, ListOptions } from "./image_list.ts";
export type { Problem } from "./problem.ts";
export { type Health, type ImagePatch, ProgImage, type UpdateOptions } from "./prog_image.ts";
export type { RetryOptions } from "./retry.ts";
export type * from "./transforms.ts"; // a star, or plugins could not add to Transforms
export type { ImageDescription, UploadManyOptions, UploadOptions } from "./upload.ts";
export type { UploadResult } from "./upload_many.ts";
export type { UploadSource } from "./upload_source.ts";
