import type { TransformRegistry } from "../transform/contract/registry.ts";
import { PIPELINE_VERSION } from "./derivative_key.ts";

/**
 * Returns a text that changes when the same recipe may give other bytes: with the version of the pipeline, of any transform, or with the
 * settings of a plugin. A new transform in its first version, without settings, does not change it.
 */
export function renderEpoch(transforms: Pick<TransformRegistry, "list" | "versionOf">): string {
  const versions = transforms.list().map(({ name }) => [name, transforms.versionOf(name)] as const);
  return JSON.stringify([PIPELINE_VERSION, versions.filter(([, version]) => version !== 1)]);
}
