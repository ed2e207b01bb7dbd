import type { Transform } from "./transform.ts";

/** The version of the contract between plugins and core. Another number means another shape. */
export const CONTRACT_VERSION = 1;

/** A package of transforms. Recognised by its shape, so that plugins may bring a copy of this package along. */
export interface Plugin {
  readonly contract: number;
  /** The name of its npm package. */
  readonly name: string;
  readonly transforms: readonly Transform[];
}

/** Declares a plugin: the default export of its package. */
export function definePlugin(plugin: Omit<Plugin, "contract">): Plugin {
  return { contract: CONTRACT_VERSION, ...plugin };
}
