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
    "Bytes of originals in S3 of which copies are kept on the local disk, for renders",
  ),
  memoryCacheBytes: integer(
    "PROGIMAGE_MEMORY_CACHE_BYTES",
    64_000_000,
    "Bytes of small rendered images that each HTTP process also keeps in memory, those used last; 0 none",
  ),
  maxAge: integer(
    "PROGIMAGE_MAX_AGE",
    86_400,
    "Seconds for which callers may cache a rendered image without revalidation",
  ),
  staleWhileRevalidate: integer(
    "PROGIMAGE_STALE_WHILE_REVALIDATE",
    604_800,
    "Seconds for which they may show it after that while they revalidate",
  ),
};
