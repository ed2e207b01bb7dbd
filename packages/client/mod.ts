export type { SignCallOptions } from "./access/ask_signature.ts";
export type { CreateKeyRequest, Keys, ListKeysOptions, RevokeKeyOptions } from "./access/keys.ts";
export { type SignatureLife, sign, type SigningKey, type SignOptions } from "./access/sign.ts";
export type { ListTenantsOptions, Tenants } from "./access/tenants.ts";
export { type UploadTerms, uploadToken, type UploadTokenOptions } from "./access/upload_token.ts";
export type { Batch, BatchItem, BatchSummary } from "./images/batch.ts";
export type * from "./recipe/built_in_params.ts";
export type { CallOptions, Fetch, ProgImageOptions } from "./connection/connection.ts";
export type { EraseOptions, ListDeletedOptions } from "./images/deleted_images.ts";
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
} from "./connection/errors.ts";
export { type FileSource, fromFile } from "./upload/file_source.ts";
export { fromUrl } from "./upload/from_url.ts";
export type { ImageInfo, OutputFormat, SourceFormat } from "./images/image.ts";
export type { JsonValue } from "./json_value.ts";
export type { ImageDescription } from "./upload/image_description.ts";
export type { FetchOptions, ImageHandle } from "./images/image_handle.ts";
export type { ImageFilter, ImageOrder } from "./images/image_filter.ts";
export type { CountOptions, ImageList, ListOptions } from "./images/image_list.ts";
export type { ImageProcess } from "./images/image_process.ts";
export type {
  ArchiveOptions,
  BulkResult,
  ImageSelection,
  DeletedResult,
  Selected,
} from "./images/image_selection.ts";
export type { ExchangeSelection, ImportFilesOptions } from "./upload/import_files.ts";
export type { ImageReference, ImageSource } from "./images/sources.ts";
export type { JobEvent } from "./jobs/job_events.ts";
export type { JobHandle, JobItemsOptions, WaitOptions } from "./jobs/job_handle.ts";
export type { JobRequest, JobSelection } from "./jobs/job_request.ts";
export type { Jobs, ListJobsOptions } from "./jobs/jobs.ts";
export type { Page, PageList } from "./connection/page_list.ts";
export type { ProblemCode } from "./problem_code.ts";
export { type HandledImage, imageUrl } from "./images/image_url.ts";
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
  Key,
  NewKey,
  PresetDescription,
  Problem,
  Scope,
  Tenant,
  TenantLimits,
  TenantPatch,
  TenantRequest,
  TransformDescription,
  Usage,
  UsageLimits,
  WebhookDelivery,
} from "./shapes.ts";
export type { SrcsetOptions } from "./images/srcset.ts";
export type { ImagePatch, TagChange, UpdateOptions } from "./images/image_patch.ts";
export type { ImageRender } from "./images/image_render.ts";
export type { Images } from "./images/images.ts";
export type { Catalog } from "./images/catalog.ts";
export type { JsonRecipe, Recipe, Step } from "./recipe/recipe.ts";
export { recipe, type RecipeDraft } from "./recipe/recipe_draft.ts";
export type { HasRecipe, RenderOutput, RenderRequest } from "./images/render_request.ts";
export type { RetryOptions } from "./connection/retry.ts";
export type { SaveAttributes, SaveOptions } from "./upload/save_attributes.ts";
export type * from "./recipe/param_values.ts";
export type * from "./recipe/transforms.ts"; // a star export, as plugins could not extend Transforms otherwise
export type { IdempotentOptions, UploadManyOptions, UploadOptions } from "./upload/upload.ts";
export type { ArchiveKind, UploadArchiveOptions } from "./upload/upload_archive.ts";
export type { InBackground, InForeground } from "./upload/upload_later.ts";
export { uploadTo, type UploadToOptions } from "./upload/upload_to.ts";
export type { UploadResult } from "./upload/upload_result.ts";
export type { UploadAllOptions, UploadAllResult, UploadProgress } from "./upload/upload_all.ts";
export type { DescribedSource, UploadAllSources } from "./upload/upload_sources.ts";
export type { UploadSource } from "./images/sources.ts";
