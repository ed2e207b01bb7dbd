import { createRegistry, type CreateRegistryOptions, type TransformRegistry } from "./registry.ts";

/** Options for {@linkcode loadPlugins}. */
export interface LoadPluginsOptions extends CreateRegistryOptions {
  /** Called with each module before it is imported, because the import may end the process. */
  readonly onLoading?: (module: string) => void;
  /** The timeout of an import in milliseconds. @default {IMPORT_MILLISECONDS} */
  readonly deadline?: number;
}

/** The timeout of a plugin's import in milliseconds. */
export const IMPORT_MILLISECONDS = 10_000;

/**
 * Imports plugins one after the other and collects their transforms.
 *
 * @param modules URLs or absolute paths of modules whose default export is a plugin
 * @throws {TypeError} that names the failed module or plugin
 */
export async function loadPlugins(
  modules: readonly string[],
  { onLoading, deadline = IMPORT_MILLISECONDS, ...options }: LoadPluginsOptions = {},
): Promise<TransformRegistry> {
  const plugins: unknown[] = [];
  for (const module of modules) {
    onLoading?.(module);
    plugins.push(await importPlugin(module, deadline));
    // A rejection that the import left behind surfaces now, while it can be attributed to this plugin.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return createRegistry(plugins, options);
}

/** Returns the message for a plugin that cannot be loaded. */
export function loadingFailure(module: string, reason: string): string {
  // The message stays on one line, even if the reason has several.
  return `Cannot load plugin from ${JSON.stringify(module)}: ${reason.replaceAll(/\s*\n\s*/g, " ")}`;
}

async function importPlugin(module: string, deadline: number): Promise<unknown> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`its import has not ended after ${deadline / 1000} seconds`)),
    deadline,
  );
  let imported: { readonly default?: unknown };
  try {
    imported = await Promise.race([import(module), late.promise]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(loadingFailure(module, reason), { cause });
  } finally {
    clearTimeout(timer);
  }
  if (imported.default === undefined)
    throw new TypeError(`Cannot load plugin from ${JSON.stringify(module)} as it has no default export`);
  return imported.default;
}
