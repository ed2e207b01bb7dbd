import { dlopen, FFIType } from "bun:ffi";

const trim = process.platform === "linux" ? findTrim() : null;

/** How long the finalizers of collected objects may take. */
const FINALIZED_MILLISECONDS = 300;

/** Gives memory back to the system that finished tasks have left: of JavaScript, and of libvips, whose allocator keeps it by our settings. */
export function giveBackMemory(): void {
  Bun.gc(true);
  // Only now the images are finalized. The second collection frees the pixels that they held.
  setTimeout(() => {
    Bun.gc(true);
    trim?.(0);
  }, FINALIZED_MILLISECONDS);
}

/** Returns `malloc_trim` of glibc; `null` where the C library has none. */
function findTrim(): ((keptBytes: number) => number) | null {
  try {
    const symbols = { malloc_trim: { args: [FFIType.u64], returns: FFIType.i32 } } as const;
    return dlopen("libc.so.6", symbols).symbols.malloc_trim;
  } catch {
    return null;
  }
}
