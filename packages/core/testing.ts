/**
 * Tools for authors of adapters and plugins: contracts for `bun test`, sources of every kind, and reference implementations.
 *
 * @module
 */
export { keyFixture } from "./access/key_fixture.ts";
export { keyRecordsContract } from "./access/key_records_contract.ts";
export type { KeyRecordsUnderTest, MakeKeyRecords } from "./access/key_records_contract.ts";
export { paxRecord, tarMember, TAR_END } from "./archive/testing_tar.ts";
export { blobStoreContract } from "./blob/blob_store_contract.ts";
export type { MakeBlobStore } from "./blob/blob_store_contract.ts";
export { removalRecordContract } from "./blob/removal_record_contract.ts";
export { derivativeCacheContract } from "./derivative/derivative_cache_contract.ts";
export type {
  DerivativeCacheUnderTest,
  MakeDerivativeCache,
} from "./derivative/derivative_cache_contract.ts";
export { PASSWORD_ROLE, PostgresServer, sharedPostgres } from "./database/postgres/testing_postgres.ts";
export type { PostgresTestDatabase } from "./database/postgres/testing_postgres.ts";
export { deletedImagesContract } from "./image/deleted/deleted_images_contract.ts";
export { imageCatalogContract } from "./image/catalog/image_catalog_contract.ts";
export type { CatalogUnderTest, MakeCatalog } from "./image/catalog/image_catalog_contract.ts";
export { imageFixture } from "./image/image_fixture.ts";
export { encodeCursor } from "./image/catalog/list_cursor.ts";
export { installationRecordContract } from "./installation/installation_record_contract.ts";
export type {
  InstallationRecordContractOptions,
  InstallationRecordUnderTest,
  MakeInstallationRecord,
} from "./installation/installation_record_contract.ts";
export { storeMarkContract } from "./installation/store_mark_contract.ts";
export type {
  MakeStoreMark,
  StoreMarkContractOptions,
  StoreMarkUnderTest,
} from "./installation/store_mark_contract.ts";
export { offeredQueries } from "./image/catalog/offered_queries.ts";
export { fileExchangeContract } from "./job/exchange/file_exchange_contract.ts";
export type { FileExchangeUnderTest, MakeFileExchange } from "./job/exchange/file_exchange_contract.ts";
export type { QueryParts } from "./image/catalog/offered_queries.ts";
export { jobQueueContract } from "./job/queue/job_queue_contract.ts";
export type {
  JobQueueContractOptions,
  JobQueueUnderTest,
  MakeJobQueue,
} from "./job/queue/job_queue_contract.ts";
export type { QueueDescriptor } from "./job/queue/testing_queue_worker.ts";
export { jobRecordsContract } from "./job/records/job_records_contract.ts";
export type { JobRecordsUnderTest, MakeJobRecords } from "./job/records/job_records_contract.ts";
export { orderLikeness } from "./render/order_likeness.ts";
export { decodePixels, psnr, renderStepByStep } from "./render/pixel_reference.ts";
export { probeImage } from "./render/probe_image.ts";
export { renderRecipe } from "./render/render_recipe.ts";
export type { RenderRecipeJob } from "./render/render_recipe.ts";
export { InlineRenderer } from "./render/inline_renderer.ts";
export { rendererContract } from "./render/renderer_contract.ts";
export type { MakeRenderer } from "./render/renderer_contract.ts";
export {
  ANIMATION,
  FIXTURE_SIZE,
  animationFixture,
  gradient,
  stillFixtures,
} from "./render/source_fixtures.ts";
export type { SourceFixture } from "./render/source_fixtures.ts";
export type { BucketAddress } from "./s3/request_signer.ts";
export { startFaultProxy } from "./s3/testing_fault_proxy.ts";
export type { Fault, FaultProxy } from "./s3/testing_fault_proxy.ts";
export { sharedS3, startS3 } from "./s3/testing_s3.ts";
export type { S3Server } from "./s3/testing_s3.ts";
export { SAMPLE_SIZE, sampleImages, samplePhoto } from "./render/sample_images.ts";
export { startBusyLoops } from "./render/pool/testing_busy_loops.ts";
export { testCertificates } from "./testing/testing_certificates.ts";
export type { TestCertificate, TestCertificates } from "./testing/testing_certificates.ts";
export { testFolder } from "./testing/testing_folder.ts";
export type { TestFolder } from "./testing/testing_folder.ts";
export { freePorts } from "./testing/testing_ports.ts";
export { randomNumbers } from "./testing/testing_random.ts";
export { until } from "./testing/testing_until.ts";
export { strace, straceObstacle } from "./testing/testing_strace.ts";
export type { Strace, StraceOptions, TracedCall } from "./testing/testing_strace.ts";
export { OUTPUT_FORMATS } from "./transform/output/formats.ts";
export { formatUrlRecipe } from "./transform/recipe/format_recipe.ts";
export { parseJsonRecipe } from "./transform/recipe/parse_json_recipe.ts";
export { parseUrlRecipe } from "./transform/recipe/parse_url_recipe.ts";
export { predictRecipe } from "./transform/planning/predict.ts";
export { createRegistry } from "./transform/contract/registry.ts";
export type { TransformRegistry } from "./transform/contract/registry.ts";
export { isOutputTransform } from "./transform/contract/transform.ts";
export { goldenContract } from "./transform/contract/golden_contract.ts";
export type { GoldenContractOptions } from "./transform/contract/golden_contract.ts";
export { pluginContract } from "./transform/contract/plugin_contract.ts";
export { testingJobPorts } from "./job/running/testing_job_ports.ts";
export { uploadDeleteSweepContract } from "./verbs/upkeep/upload_delete_sweep_contract.ts";
export type { MakeStorage, StorageUnderTest } from "./verbs/upkeep/upload_delete_sweep_contract.ts";
export { tenantFixture } from "./tenant/tenant_fixture.ts";
export { tenantRecordsContract } from "./tenant/tenant_records_contract.ts";
export type { MakeTenantRecords, TenantRecordsUnderTest } from "./tenant/tenant_records_contract.ts";
