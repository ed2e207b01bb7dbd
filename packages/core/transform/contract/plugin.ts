import type { Params } from "./param.ts";
import type { Transform } from "./transform.ts";

/**
 * The version of the contract between plugins and core. Another number means another shape, or a sharp that transforms written for
 * {@linkcode CONTRACT_SHARP} cannot use.
 */
export const CONTRACT_VERSION = 1;

/** The version of sharp, major and minor, of which `apply` gets an image in this version of the contract. */
export const CONTRACT_SHARP = "0.35";

/** The servers that know this version of the contract. */
const CONTRACT_SERVER = ">=0.1.0";

/** What a plugin needs. */
export interface PluginRequirements {
  /** Versions of the server as a range of semantic versions, such as `>=1.2.0`. */
  readonly server?: string;
}

/** A package of transforms. Recognised by its shape, so that plugins may bring a copy of this package along. */
export interface Plugin {
  readonly contract: number;
  /** The name of its npm package. */
  readonly name: string;
  /**
   * What stands before its transforms' names and a point, as in `print.halftone`: small letters and digits. Only packages of `@progimage/`
   * have none: names without a point are the server's.
   */
  readonly namespace?: string;
  /** Without it, every server will do that knows the contract. */
  readonly requires?: PluginRequirements;
  /**
   * What its operator can set, by variables such as `PROGIMAGE_PLUGIN_PRINT_INK` for `ink` of `print`. Part of the key of all that it
   * renders.
   */
  readonly settings?: Params;
  readonly transforms: readonly Transform[];
}

/** Declares a plugin: the default export of its package. */
export function definePlugin(plugin: Omit<Plugin, "contract">): Plugin {
  return { contract: CONTRACT_VERSION, requires: { server: CONTRACT_SERVER }, ...plugin };
}
