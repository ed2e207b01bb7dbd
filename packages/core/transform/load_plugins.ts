import type { GuardTransformOptions } from "./guard_transform.ts";
import { createRegistry, type TransformRegistry } from "./registry.ts";

/**
 * Imports plugins and collects their transforms.
 *
 * @param modules URLs or absolute paths of modules whose default export is a plugin
 * @throws {TypeError} that names the module or plugin at fault
 */
export async function loadPlugins(
  modules: readonly string[],
  options: GuardTransformOptions = {},
): Promise<TransformRegistry> {
  return createRegistry(await Promise.all(modules.map(importPlugin)), options);
}

async function importPlugin(module: string): Promise<unknown> {
  let imported: { readonly default?: unknown };
  try {
    imported = await import(module);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`Cannot load plugin from ${JSON.stringify(module)}: ${reason}`, { cause });
  }
  if (imported.default === undefined)
    throw new TypeError(`Cannot load plugin from ${JSON.stringify(module)} as it has no default export`);
  return imported.default;
}
