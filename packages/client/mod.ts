export type { Batch, BatchItem, BatchSummary } from "./batch.ts";
export type * from "./built_in_params.ts";
export type { CallOptions, Fetch, ProgImageOptions } from "./connection.ts";
export type { EraseOptions, ListDeletedOptions } from "./deleted_images.ts";
export {
  AuthenticationError,
  ConflictError,
  ConnectionError,
  DoesNotFitError,
  FileError,
  InvalidIdError,
  NotFoundError,
  PermissionError,
  PreconditionFailedError,
  ProgImageClientError,
  ProgImageError,
  RateLimitError,
  SourceError,
  TimeoutError,
  TooLargeError,
  UnavailableError,
  ValidationError,
} from "./errors.ts";
export { type FileSource, fromFile } from "./file_source.ts";
export { fromUrl } from "./from_url.ts";
export type { ImageInfo, OutputFormat, SourceFormat } from "./image.ts";
export type { JsonValue } from "./json_value.ts";
export type { ImageDescription } from "./image_description.ts";
export type { FetchOptions, ImageHandle } from "./image_handle.ts";
export type { ImageFilter, ImageOrder } from "./image_filter.ts";
export type { CountOptions, ImageList, ListOptions } from "./image_list.ts";
export type { ImageProcess } from "./image_process.ts";
export type {
  ArchiveOptions,
  BulkResult,
  ImageSelection,
  DeletedResult,
  Selected,
} from "./image_selection.ts";
export type { ExchangeSelection, ImportFilesOptions } from "./import_files.ts";
export type { ImageReference, ImageSource } from "./sources.ts";
export type { JobEvent } from "./job_events.ts";
export type { JobHandle, JobItemsOptions, WaitOptions } from "./job_handle.ts";
export type { JobRequest, JobSelection } from "./job_request.ts";
export type { Jobs, ListJobsOptions } from "./jobs.ts";
export type { Page, PageList } from "./page_list.ts";
export type { ProblemCode } from "./problem_code.ts";
export { type HandledImage, imageUrl } from "./image_url.ts";
export { ProgImage } from "./prog_image.ts";
export type {
  DeletedImage,
  FocalPoint,
  Health,
  Image,
  ImageCount,
  ImagePage,
  Job,
  JobCounts,
  JobDelivery,
  JobItem,
  JobItemStatus,
  JobOutput,
  JobPriority,
  JobProblem,
  JobResult,
  JobStatus,
  PresetDescription,
  Problem,
  TransformDescription,
  WebhookDelivery,
} from "./shapes.ts";
export type { SrcsetOptions } from "./srcset.ts";
export type { ImagePatch, TagChange, UpdateOptions } from "./image_patch.ts";
export type { ImageRender } from "./image_render.ts";
export type { Images } from "./images.ts";
export type { Catalog } from "./catalog.ts";
export type { JsonRecipe, Recipe, Step } from "./recipe.ts";
export { recipe, type RecipeDraft } from "./recipe_draft.ts";
export type { HasRecipe, RenderOutput, RenderRequest } from "./render_request.ts";
export type { RetryOptions } from "./retry.ts";
export type { SaveAttributes, SaveOptions } from "./save_attributes.ts";
export type * from "./param_values.ts";
export type * from "./transforms.ts"; // a star, or plugins could not add to Transforms
export type { IdempotentOptions, UploadManyOptions, UploadOptions } from "./upload.ts";
export type { ArchiveKind, UploadArchiveOptions } from "./upload_archive.ts";
export type { InBackground, InForeground } from "./upload_later.ts";
export type { UploadResult } from "./upload_result.ts";
export type { UploadAllOptions, UploadAllResult, UploadProgress } from "./upload_all.ts";
export type { DescribedSource, UploadAllSources } from "./upload_sources.ts";
export type { UploadSource } from "./sources.ts";
