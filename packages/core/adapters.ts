/**
 * What can stand behind the ports. For the composition of a server, for tests and for benches.
 *
 * @module
 */
export { FsBlobStore } from "./blob/fs_blob_store.ts";
export { LocalBlobCache } from "./blob/local_blob_cache.ts";
export type { LocalBlobCacheOptions } from "./blob/local_blob_cache.ts";
export { MemoryBlobLedger } from "./blob/memory_blob_ledger.ts";
export { MemoryBlobStore } from "./blob/memory_blob_store.ts";
export { S3BlobStore } from "./blob/s3_blob_store.ts";
export type { S3BlobStoreOptions } from "./blob/s3_blob_store.ts";
export { PostgresBlobLedger } from "./blob/postgres_blob_ledger.ts";
export { SqliteBlobLedger } from "./blob/sqlite_blob_ledger.ts";
export { MemoryTables } from "./database/memory_tables.ts";
export { copyToPostgres, endCopying } from "./database/copy_to_postgres.ts";
export type { CopyProgress, CopyResult, CopyToPostgresOptions } from "./database/copy_to_postgres.ts";
export { PostgresDatabase } from "./database/postgres_database.ts";
export type { PostgresDatabaseOptions } from "./database/postgres_database.ts";
export { SqliteDatabase } from "./database/sqlite_database.ts";
export type { SqliteDatabaseOptions } from "./database/sqlite_database.ts";
export { FsDerivativeCache } from "./derivative/fs_derivative_cache.ts";
export type { FsDerivativeCacheOptions } from "./derivative/fs_derivative_cache.ts";
export { HotDerivativeCache } from "./derivative/hot_derivative_cache.ts";
export type { HotDerivativeCacheOptions } from "./derivative/hot_derivative_cache.ts";
export { MemoryJobQueue } from "./job/memory_job_queue.ts";
export type { MemoryJobQueueOptions } from "./job/memory_job_queue.ts";
export { MemoryJobRecords } from "./job/memory_job_records.ts";
export { MemoryImageCatalog } from "./image/memory_image_catalog.ts";
export { PostgresImageCatalog } from "./image/postgres_image_catalog.ts";
export { RecentImageCatalog } from "./image/recent_image_catalog.ts";
export { SqliteImageCatalog } from "./image/sqlite_image_catalog.ts";
export { PgBossJobQueue } from "./job/pgboss_job_queue.ts";
export type { PgBossJobQueueOptions } from "./job/pgboss_job_queue.ts";
export { PostgresJobRecords } from "./job/postgres_job_records.ts";
export { SqliteJobQueue } from "./job/sqlite_job_queue.ts";
export type { SqliteJobQueueOptions } from "./job/sqlite_job_queue.ts";
export { SqliteJobRecords } from "./job/sqlite_job_records.ts";
export { S3DerivativeCache } from "./derivative/s3_derivative_cache.ts";
export type { S3DerivativeCacheOptions } from "./derivative/s3_derivative_cache.ts";
export { Bucket } from "./s3/bucket.ts";
export type { BucketOptions } from "./s3/bucket.ts";
export { BucketRefusal } from "./s3/bucket_error.ts";
export type { BucketAddress } from "./s3/request_signer.ts";
export { FsFileExchange } from "./job/fs_file_exchange.ts";
export { S3FileExchange } from "./job/s3_file_exchange.ts";
export type { S3FileExchangeOptions } from "./job/s3_file_exchange.ts";
export { NoRemoteSources } from "./source/no_remote_sources.ts";
export { RemoteFetcher } from "./source/remote_fetcher.ts";
export type { RemoteFetcherOptions } from "./source/remote_fetcher.ts";
export { RemoteListeners } from "./source/remote_listeners.ts";
export type { RemoteListenersOptions } from "./source/remote_listeners.ts";
export { SharedRemoteSources } from "./source/shared_remote_sources.ts";
export { ProcessPoolRenderer } from "./render/process_pool_renderer.ts";
export type { PoolTrouble, ProcessPoolOptions } from "./render/process_pool_renderer.ts";
