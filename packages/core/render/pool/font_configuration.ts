import { dlopen, FFIType } from "bun:ffi";
import { fileURLToPath } from "node:url";

/** The fontconfig file that fixes how letters are drawn. With the system's own configuration they differ by fractions of a pixel. */
export const FONT_CONFIGURATION = fileURLToPath(new URL("./fonts.conf", import.meta.url));

/**
 * Makes this process draw letters as render processes do, for tests that render in their own process. Call it before the first text is
 * drawn. It calls `setenv` because an assignment to `process.env` does not reach native code.
 */
export function useFontConfiguration(): void {
  if (process.platform !== "linux" || process.env["FONTCONFIG_FILE"]) return;
  const { symbols, close } = dlopen("libc.so.6", {
    setenv: { args: [FFIType.cstring, FFIType.cstring, FFIType.int], returns: FFIType.int },
  });
  symbols.setenv(Buffer.from("FONTCONFIG_FILE\0"), Buffer.from(`${FONT_CONFIGURATION}\0`), 1);
  close();
}
