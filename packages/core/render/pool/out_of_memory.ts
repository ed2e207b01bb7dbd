import { ProgImageError } from "../../error.ts";

/** Messages of libvips, codecs, librsvg, the C++ library and the JavaScript engine for a failed allocation. */
const OUT_OF_MEMORY_REGEXP =
  /out of memory|unable to allocate|cannot allocate|could not allocate|bad_alloc|failed to allocate|memory limit|array buffer allocation failed|memory allocation of \d+ bytes failed/i;

/** Whether a message reports a lack of memory. */
export function saysOutOfMemory(message: string): boolean {
  return OUT_OF_MEMORY_REGEXP.test(message);
}

/** Returns the error for work that failed for lack of memory. */
export function outOfMemory(options: ErrorOptions = {}): ProgImageError {
  return new ProgImageError(
    "too_costly",
    "Cannot process image as it costs too much: it took too much memory",
    options,
  );
}
