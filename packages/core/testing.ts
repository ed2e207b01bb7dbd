/**
 * Contracts for authors of adapters and plugins, to be run by `bun test`.
 *
 * @module
 */
export { blobStoreContract } from "./blob/blob_store_contract.ts";
export type { MakeBlobStore } from "./blob/blob_store_contract.ts";
export { imageCatalogContract } from "./image/image_catalog_contract.ts";
export type { CatalogUnderTest, MakeCatalog } from "./image/image_catalog_contract.ts";
export { imageFixture } from "./image/image_fixture.ts";
export { InlineRenderer } from "./render/inline_renderer.ts";
export { rendererContract } from "./render/renderer_contract.ts";
export type { MakeRenderer } from "./render/renderer_contract.ts";
export { testFolder } from "./testing_folder.ts";
export type { TestFolder } from "./testing_folder.ts";
export { pluginContract } from "./transform/plugin_contract.ts";
export { uploadDeleteSweepContract } from "./upload_delete_sweep_contract.ts";
export type { MakeStorage, StorageUnderTest } from "./upload_delete_sweep_contract.ts";
