import { flag, integer, list } from "./setting.ts";

/** Images from URLs. */
export const FETCH_SETTINGS = {
  fetch: flag("PROGIMAGE_FETCH", true, "Whether callers may name images by URL"),
  fetchAllowHosts: list(
    "PROGIMAGE_FETCH_ALLOW_HOSTS",
    "Hosts that may be fetched from although they are not public, by commas: images.internal, *.corp.example:8080, 10.0.0.5",
  ),
  fetchMaxBytes: integer("PROGIMAGE_FETCH_MAX_BYTES", 20_000_000, "Bytes of an image that is fetched", {
    min: 1,
  }),
  fetchAtATime: integer(
    "PROGIMAGE_FETCH_AT_A_TIME",
    64,
    "Images that may be fetched at a time, for each HTTP process",
    { min: 1 },
  ),
  fetchDeadlineMs: integer("PROGIMAGE_FETCH_DEADLINE_MS", 10_000, "Time that a fetch may take", { min: 100 }),
  fetchMaxRedirects: integer("PROGIMAGE_FETCH_MAX_REDIRECTS", 3, "Redirects that a fetch follows", {
    max: 20,
  }),
};
