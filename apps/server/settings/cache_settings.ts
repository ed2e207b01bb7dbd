import { integer } from "./setting.ts";

/** Caches of the server and of clients. */
export const CACHE_SETTINGS = {
  derivativeCacheBytes: integer(
    "PROGIMAGE_DERIVATIVE_CACHE_BYTES",
    10_000_000_000,
    "Bytes of rendered images that are kept",
  ),
  sourceCacheBytes: integer(
    "PROGIMAGE_SOURCE_CACHE_BYTES",
    10_000_000_000,
    "Bytes of copies of originals that are kept on the local disk to render from, where they are in S3",
  ),
  memoryCacheBytes: integer(
    "PROGIMAGE_MEMORY_CACHE_BYTES",
    64_000_000,
    "Bytes of small rendered images that each HTTP process also keeps in memory, those used last; 0 none",
  ),
  maxAge: integer(
    "PROGIMAGE_MAX_AGE",
    86_400,
    "Seconds for which callers may keep a rendered image without asking",
  ),
  staleWhileRevalidate: integer(
    "PROGIMAGE_STALE_WHILE_REVALIDATE",
    604_800,
    "Seconds for which they may show it after that while they ask",
  ),
};
