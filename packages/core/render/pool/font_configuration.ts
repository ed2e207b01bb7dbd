import { dlopen, FFIType } from "bun:ffi";
import { fileURLToPath } from "node:url";

/** Where fontconfig finds out how letters are drawn. By a system's own configuration they differ by fractions of a pixel. */
export const FONT_CONFIGURATION = fileURLToPath(new URL("./fonts.conf", import.meta.url));

/**
 * Has this process draw letters as render processes do: for tests that render by themselves. It must come before the first text.
 * What is assigned to `process.env` does not reach the native code.
 */
export function useFontConfiguration(): void {
  if (process.platform !== "linux" || process.env["FONTCONFIG_FILE"]) return;
  const { symbols, close } = dlopen("libc.so.6", {
    setenv: { args: [FFIType.cstring, FFIType.cstring, FFIType.int], returns: FFIType.int },
  });
  symbols.setenv(Buffer.from("FONTCONFIG_FILE\0"), Buffer.from(`${FONT_CONFIGURATION}\0`), 1);
  close();
}
