import type { TransformRegistry } from "../transform/contract/registry.ts";
import { PIPELINE_VERSION } from "./derivative_key.ts";

/**
 * Returns a text that changes when the same recipe may give other bytes: with the version of the pipeline, and of any transform.
 * A transform that is new, in its first version, changes nothing.
 */
export function renderEpoch(transforms: Pick<TransformRegistry, "list">): string {
  const raised = transforms.list().filter(({ version }) => version > 1);
  return JSON.stringify([PIPELINE_VERSION, raised.map(({ name, version }) => [name, version])]);
}
