/**
 * The engine of ProgImage: it stores, catalogs and renders images. It depends on neither HTTP nor a concrete plugin.
 *
 * @module
 */
export { type AccessKey, isValidKey, type Scope, SCOPES } from "./access/access_key.ts";
export type { KeyListQuery, KeyRecords } from "./access/key_records.ts";
export { KEY_PAGE_SHAPE, KEY_REQUEST_SHAPE, KEY_SHAPE, NEW_KEY_SHAPE } from "./access/key_shape.ts";
export {
  hasHash,
  hashSecret,
  isKeyId,
  KEY_PREFIX,
  newKeyText,
  parseKeyText,
  writeKeyText,
} from "./access/key_text.ts";
export type { KeyText } from "./access/key_text.ts";
export { type OneTimeToken, type UsedTokens, tokenUsed } from "./access/token/used_tokens.ts";
export type { StorageLimits, StorageUse, UsageRecords } from "./tenant/usage_records.ts";
export { archiveEntries, storedArchiveEntries } from "./archive/archive_entries.ts";
export type { ArchiveEntriesOptions, ArchiveKind } from "./archive/archive_entries.ts";
export type { ArchiveEntry, ArchiveLimits } from "./archive/archive_entry.ts";
export { isLeasing, isLocal, isRemote, newBlobKey, SHARDS } from "./blob/blob_store.ts";
export type {
  BlobContent,
  BlobEntry,
  BlobQuarantine,
  BlobStore,
  LeasingBlobStore,
  LocalBlobStore,
  LocalCopy,
  OpenBlobOptions,
  RemoteContent,
} from "./blob/blob_store.ts";
export type { ReportDamage } from "./blob/bytes_error.ts";
export type { BlobLedger, BlobRecord, LedgerEntry, LedgerPageOptions } from "./blob/blob_ledger.ts";
export type { Removal, RemovalRecord } from "./blob/removal_record.ts";
export { ByteBudget } from "./blob/byte_budget.ts";
export { Spool } from "./blob/spool.ts";
export type { ReceiveOptions, SpooledFile, SpoolOptions } from "./blob/spool.ts";
export { derivativeKey } from "./derivative/derivative_key.ts";
export type { DerivativeIdentity } from "./derivative/derivative_key.ts";
export type {
  Derivative,
  DerivativeCache,
  DerivativePlace,
  ForgetOptions,
} from "./derivative/derivative_cache.ts";
export { adoptJobs } from "./verbs/job/adopt_jobs.ts";
export { cancelJob } from "./verbs/job/cancel_job.ts";
export { RECOVERED_TAG } from "./check/recover_image.ts";
export { checkStorage } from "./verbs/upkeep/check_storage.ts";
export type {
  CheckedStorage,
  CheckFinding,
  CheckProgress,
  CheckStorageOptions,
  CheckStoragePorts,
} from "./verbs/upkeep/check_storage.ts";
export { certificateFault } from "./certificate_error.ts";
export type { CertificateFault } from "./certificate_error.ts";
export { MACHINE_CLOCK } from "./clock.ts";
export type { Clock } from "./clock.ts";
export { copyBlobs } from "./verbs/upkeep/copy_blobs.ts";
export type {
  CopyBlobsOptions,
  CopyBlobsProgress,
  CopyBlobsResult,
  FailedCopy,
} from "./verbs/upkeep/copy_blobs.ts";
export { createKey } from "./verbs/access/create_key.ts";
export type { CreatedKey, CreateKeyOptions, KeyPorts } from "./verbs/access/create_key.ts";
export { listKeys } from "./verbs/access/list_keys.ts";
export type { KeyPage, ListKeysOptions } from "./verbs/access/list_keys.ts";
export { keyNotFound, revokeKey } from "./verbs/access/revoke_key.ts";
export { rotateKey } from "./verbs/access/rotate_key.ts";
export type { RotatedKey, RotateKeyOptions } from "./verbs/access/rotate_key.ts";
export { countImages } from "./verbs/image/count_images.ts";
export { createJob, stagedKeys } from "./verbs/job/create_job.ts";
export type { JobRequest, JobSelection } from "./verbs/job/create_job.ts";
export { createJobOnce } from "./verbs/job/create_job_once.ts";
export type { JobNow } from "./verbs/job/create_job_once.ts";
export { SingleFlight } from "./derivative/single_flight.ts";
export { eraseImage } from "./verbs/image/erase_image.ts";
export { eraseImages } from "./verbs/image/erase_images.ts";
export { isProgImageError, ProgImageError } from "./error.ts";
export { fromStorageError } from "./storage_error.ts";
export type { ErrorCode, ErrorDetails, ProgImageErrorOptions } from "./error.ts";
export type { ForgetDerivativesOptions, Freeing } from "./verbs/render/forget_derivatives.ts";
export { followFrom, followRemovals } from "./verbs/upkeep/follow_removals.ts";
export type { FollowedTo } from "./verbs/upkeep/follow_removals.ts";
export { EXPLAINED_SOURCE_SHAPE, explainRecipe } from "./verbs/render/explain_recipe.ts";
export type { ExplainedRecipe, ExplainedSource } from "./verbs/render/explain_recipe.ts";
export {
  EXPLAINED_RECIPE_SHAPE,
  OUTPUT_REQUEST_SHAPE,
  PRESET_DESCRIPTION_SHAPE,
  RECIPE_SHAPE,
  TRANSFORM_DESCRIPTION_SHAPE,
} from "./transform/recipe/recipe_shape.ts";
export { explainAbsence } from "./verbs/image/explain_absence.ts";
export { findImage, imageNotFound } from "./verbs/image/find_image.ts";
export type { FindImagePorts } from "./verbs/image/find_image.ts";
export { findJob } from "./verbs/job/find_job.ts";
export { findImages } from "./verbs/image/find_images.ts";
export type {
  DeletedImage,
  FocalPoint,
  Image,
  ImageAttributes,
  SaidAttributes,
  SaidSharedAttributes,
  SharedAttributes,
  StoredImage,
} from "./image/image.ts";
export { ATTRIBUTE_LIMITS, ATTRIBUTES, EXPIRES_IN } from "./image/attribute_table.ts";
export {
  ATTRIBUTES_SHAPE,
  attributesJson,
  NO_ATTRIBUTES,
  PATCH_SHAPE,
  readAttributes,
  readSharedAttributes,
  settleExpiry,
  withOwnAttributes,
  SHARED_ATTRIBUTES_SHAPE,
} from "./image/image_attributes.ts";
export {
  DELETED_IMAGE_PAGE_SHAPE,
  DELETED_IMAGE_SHAPE,
  IMAGE_COUNT_SHAPE,
  IMAGE_PAGE_SHAPE,
  IMAGE_SHAPE,
} from "./image/image_shape.ts";
export type { ImageField } from "./image/image_shape.ts";
export type { ReadAttributesOptions } from "./image/image_attributes.ts";
export {
  IMAGE_FILTER_SHAPE,
  imageFilterJson,
  imageFilterOf,
  LIST_SHAPE,
  listShapes,
  PAGE_SHAPE,
  pageShape,
} from "./image/list_shapes.ts";
export type { ImageFilterJson } from "./image/list_shapes.ts";
export { phraseOf } from "./shape/shape_phrase.ts";
export { readPart, readShape } from "./shape/read_shape.ts";
export type { ReadShapeOptions } from "./shape/read_shape.ts";
export { namedShapes } from "./shape/named_shapes.ts";
export { listOf } from "./shape/page_shape.ts";
export { JOB_PROBLEM_SHAPE, NOTICES_SHAPE, PROBLEM_SHAPE } from "./shape/problem_shape.ts";
export {
  acceptsAll,
  answerShape,
  choiceShape,
  describedShape,
  namedShape,
  nullableShape,
  objectShape,
  oneOfShape,
  optionalProperties,
  shownShape,
} from "./shape/shape.ts";
export type { JsonOf, Keywords, Shape } from "./shape/shape.ts";
export { SHAPE_FORMATS } from "./shape/shape_formats.ts";
export { CatalogPresence } from "./image/catalog/catalog_presence.ts";
export { CHANGE_STAMPS_BYTES, ChangeStamps } from "./image/catalog/change_stamps.ts";
export type {
  AddedImage,
  BlobOffer,
  ImageCatalog,
  ImageOrder,
  ListPosition,
  ListQuery,
  RemovedImage,
} from "./image/catalog/image_catalog.ts";
export type { DeletedImages, DeletedListQuery, ErasedImages } from "./image/deleted/deleted_images.ts";
export { isImageId, newImageId } from "./image/image_id.ts";
export type { ImageFilter } from "./image/image_filter.ts";
export { IMAGE_SELECTION_KINDS, selectionReader, shownSelection } from "./image/selection.ts";
export type { ExchangeSelection, Selection, SelectionKind, SelectionReader } from "./image/selection.ts";
export type { Probe } from "./image/probe.ts";
export type {
  Identity,
  Installation,
  InstallationChanges,
  InstallationRecord,
  StoreClaim,
  StoreMark,
  SweepPause,
} from "./installation/installation.ts";
export { DamagedMarkError } from "./installation/mark_text.ts";
export type { FileExchange, ListFilesOptions } from "./job/exchange/file_exchange.ts";
export {
  IMPORT_REQUEST_SHAPE,
  IMPORT_SELECTION_KINDS,
  JOB_REQUEST_SHAPE,
  JOB_SELECTION_KINDS,
} from "./job/job_request_shape.ts";
export { JOB_ITEM_PAGE_SHAPE, JOB_ITEM_SHAPE, JOB_PAGE_SHAPE, JOB_SHAPE } from "./job/job_shape.ts";
export { hasEnded, isStaged, JOB_PRIORITIES, JOB_STATUSES } from "./job/job.ts";
export type {
  Job,
  JobAttributes,
  JobBound,
  JobDelivery,
  JobMetadata,
  JobOutput,
  JobPriority,
  JobSources,
  JobStatus,
  StagedArchive,
  WebhookDelivery,
} from "./job/job.ts";
export { JOB_ITEM_STATUSES } from "./job/job_item.ts";
export type {
  DescribedUrl,
  ItemResult,
  ItemSource,
  JobItem,
  JobItemStatus,
  RefusedUpload,
  SettledItem,
  StagedUpload,
} from "./job/job_item.ts";
export { jobProblemOf } from "./job/job_problem.ts";
export type { JobProblem } from "./job/job_problem.ts";
export type {
  AddTasksOptions,
  FailTaskOptions,
  JobQueue,
  NewTask,
  Task,
  TaskPayload,
} from "./job/queue/job_queue.ts";
export type {
  EndedJob,
  ItemBatch,
  ItemListQuery,
  JobListQuery,
  JobRecords,
  RequeueBatch,
  Settlement,
} from "./job/records/job_records.ts";
export { planOutput } from "./job/running/deliver_output.ts";
export { openItem } from "./job/running/open_item.ts";
export type { OpenItem } from "./job/running/open_item.ts";
export { JobRunner } from "./job/running/job_runner.ts";
export type { JobRunnerOptions, TaskFault } from "./job/running/job_runner.ts";
export type { TaskContext, TaskHandler } from "./job/queue/task_handler.ts";
export { jobOfTask, numberOfTask, tenantOfLine, webhookTask } from "./job/queue/job_tasks.ts";
export { DEFAULT_LIMITS } from "./limits.ts";
export type { Limits } from "./limits.ts";
export { listArchive } from "./verbs/image/list_archive.ts";
export { checkListQuery, listImages, orderOf } from "./verbs/image/list_images.ts";
export type { ImagePage, ListImagesOptions } from "./verbs/image/list_images.ts";
export { listDeletedImages } from "./verbs/image/list_deleted_images.ts";
export type {
  DeletedImagePage,
  ListDeletedImagesOptions,
  RestorableImage,
} from "./verbs/image/list_deleted_images.ts";
export { listJobItems } from "./verbs/job/list_job_items.ts";
export type { JobItemPage, ListJobItemsOptions } from "./verbs/job/list_job_items.ts";
export { listJobs } from "./verbs/job/list_jobs.ts";
export type { JobPage, ListJobsOptions } from "./verbs/job/list_jobs.ts";
export { matchInstallation, openInstallation } from "./verbs/upkeep/open_installation.ts";
export type { InstallationMatch, InstallationRefusal } from "./verbs/upkeep/open_installation.ts";
export { assertUndamaged, openOriginal, recallingOriginal } from "./verbs/render/open_original.ts";
export { parseJson } from "./parse_json.ts";
export type { ParseJsonOptions } from "./parse_json.ts";
export type { Ports } from "./ports.ts";
export { pruneCopies } from "./verbs/upkeep/prune_copies.ts";
export type { PruneCopiesPorts } from "./verbs/upkeep/prune_copies.ts";
export { purgeImage } from "./verbs/image/purge_image.ts";
export type { PurgedImage } from "./verbs/image/purge_image.ts";
export { purgeEach, purgeImages } from "./verbs/image/purge_images.ts";
export type { PurgedImages } from "./verbs/image/purge_images.ts";
export { recordDamage } from "./verbs/image/record_damage.ts";
export type { RecordedDamage } from "./verbs/image/record_damage.ts";
export { resendWebhook } from "./verbs/job/resend_webhook.ts";
export { removeJob } from "./verbs/job/remove_job.ts";
export { removeImage } from "./verbs/image/remove_image.ts";
export { removeImages } from "./verbs/image/remove_images.ts";
export { SHRINK_ON_LOAD } from "./render/shrink_on_load.ts";
export { planDerivative } from "./verbs/render/plan_derivative.ts";
export type { DerivativePlan, DerivativeWish } from "./verbs/render/plan_derivative.ts";
export { renderImage } from "./verbs/render/render_image.ts";
export type { RenderedImage, RenderTiming } from "./derivative/rendered_image.ts";
export { renderOnce } from "./verbs/render/render_once.ts";
export type { RenderedFile } from "./verbs/render/render_once.ts";
export { renderOutputs } from "./verbs/render/render_outputs.ts";
export type { RenderOutputsOptions } from "./verbs/render/render_outputs.ts";
export type { RenderPlanOptions } from "./verbs/render/render_plan.ts";
export type { FindReference } from "./verbs/image/resolve_images.ts";
export { renderEpoch } from "./derivative/render_epoch.ts";
export { ReferenceFinder } from "./source/reference_finder.ts";
export type { FoundImage, ReferenceFinderOptions } from "./source/reference_finder.ts";
export type { PostedMessage } from "./source/guarded_request.ts";
export { remoteFileName } from "./source/remote_file_name.ts";
export type { FetchRemoteOptions, RemoteFile, RemoteSources } from "./source/remote_sources.ts";
export { restoreImage } from "./verbs/image/restore_image.ts";
export type { DeletedImageOptions } from "./verbs/image/restore_image.ts";
export { restoreImages } from "./verbs/image/restore_images.ts";
export { retryJob } from "./verbs/job/retry_job.ts";
export { selectImages } from "./verbs/image/select_images.ts";
export type { ImageSelection, SelectedImage } from "./verbs/image/select_images.ts";
export { findStorageFault, raiseCounter, storageFault } from "./verbs/upkeep/storage_fault.ts";
export type { StorageFault, StorageFaultCode } from "./verbs/upkeep/storage_fault.ts";
export { scrubBlobs } from "./verbs/upkeep/scrub_blobs.ts";
export type { Scrubbed, ScrubBlobsOptions } from "./verbs/upkeep/scrub_blobs.ts";
export { storeRendered } from "./verbs/render/store_rendered.ts";
export { spooledSource, storedSource } from "./source/source_image.ts";
export type { SourceImage } from "./source/source_image.ts";
export type { Rendered, Renderer, RenderJob, RenderOptions, TimedRendered } from "./render/renderer.ts";
export { dropStaged, stageFile } from "./verbs/job/stage_file.ts";
export type { StagedBytes } from "./verbs/job/stage_file.ts";
export { storeImage } from "./verbs/image/store_image.ts";
export type { StoredNow, StoreImageOptions } from "./verbs/image/store_image.ts";
export type { Priority } from "./render/pool/waiting_line.ts";
export { sweepJobs } from "./verbs/job/sweep_jobs.ts";
export type { SweptJobs } from "./verbs/job/sweep_jobs.ts";
export { sweepStorage } from "./verbs/upkeep/sweep_storage.ts";
export type { Swept, SweepStorageOptions } from "./verbs/upkeep/sweep_storage.ts";
export { createTenant } from "./verbs/tenant/create_tenant.ts";
export type { TenantPorts } from "./verbs/tenant/create_tenant.ts";
export { emptyTenant } from "./verbs/tenant/empty_tenant.ts";
export { findTenant } from "./verbs/tenant/find_tenant.ts";
export { listTenants } from "./verbs/tenant/list_tenants.ts";
export { removeTenant } from "./verbs/tenant/remove_tenant.ts";
export { updateTenant } from "./verbs/tenant/update_tenant.ts";
export { DELIVERIES, NO_LIMITS } from "./tenant/tenant.ts";
export type { Delivery, Tenant, TenantLimits } from "./tenant/tenant.ts";
export { isTenantId } from "./tenant/tenant_id.ts";
export type { TenantChange, TenantListQuery, TenantRecords } from "./tenant/tenant_records.ts";
export {
  TENANT_PAGE_SHAPE,
  TENANT_PATCH_SHAPE,
  TENANT_REQUEST_SHAPE,
  TENANT_SHAPE,
  USAGE_SHAPE,
} from "./tenant/tenant_shape.ts";
export { tenantPorts } from "./tenant/tenant_ports.ts";
export * from "./transform/contract/mod.ts";
export { updateImage } from "./verbs/image/update_image.ts";
export type { UpdateImageOptions } from "./verbs/image/update_image.ts";
export { updateImages } from "./verbs/image/update_images.ts";
export { assertVersion } from "./version_floor.ts";
export { backOff } from "./waiting/back_off.ts";
export type { BackOff } from "./waiting/back_off.ts";
export { Limiter } from "./waiting/limiter.ts";
export type { LimiterOptions } from "./waiting/limiter.ts";
export { retry } from "./waiting/retry.ts";
export type { RetryOptions } from "./waiting/retry.ts";
