import type { TransformRegistry } from "../transform/contract/registry.ts";
import { PIPELINE_VERSION } from "./derivative_key.ts";

/**
 * Returns a text that changes when the same recipe may give other bytes: with the version of the pipeline or of any transform. A new
 * transform in its first version does not change it.
 */
export function renderEpoch(transforms: Pick<TransformRegistry, "list">): string {
  const raised = transforms.list().filter(({ version }) => version > 1);
  return JSON.stringify([PIPELINE_VERSION, raised.map(({ name, version }) => [name, version])]);
}
