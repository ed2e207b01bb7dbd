/**
 * Real servers for tests and benches.
 *
 * @module
 */
export { BUILT_IN } from "./plugin_modules.ts";
export { LARGE_BYTES, LARGE_SETTINGS, peakBytes, uploadLarge } from "./testing_large.ts";
export { lingerPlugin } from "./testing_linger_plugin.ts";
export { cpuMilliseconds, descendants, filesBelow, isRunning, startServer } from "./testing_server.ts";
export type { StartServerOptions, TestServer } from "./testing_server.ts";
