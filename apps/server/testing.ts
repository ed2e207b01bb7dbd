/**
 * Real servers for tests and benches.
 *
 * @module
 */
export { BUILT_IN } from "./compose/plugin_modules.ts";
export { LARGE_BYTES, LARGE_SETTINGS, peakBytes, uploadLarge } from "./end_to_end/testing_large.ts";
export { askerOf, type AskOptions, type NewKey } from "./end_to_end/testing_keys.ts";
export { lingerPlugin } from "./end_to_end/testing_linger_plugin.ts";
export {
  cpuMilliseconds,
  descendants,
  filesBelow,
  isRunning,
  startServer,
} from "./end_to_end/testing_server.ts";
export type { StartServerOptions, TestServer } from "./end_to_end/testing_server.ts";
