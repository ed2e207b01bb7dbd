/**
 * Real servers for tests and benches.
 *
 * @module
 */
export { LARGE_BYTES, LARGE_SETTINGS, peakBytes, uploadLarge } from "./testing_large.ts";
export { descendants, filesBelow, isRunning, startServer } from "./testing_server.ts";
export type { StartServerOptions, TestServer } from "./testing_server.ts";
