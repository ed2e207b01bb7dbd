import type { Params } from "./param.ts";
import type { Transform } from "./transform.ts";

/**
 * The version of the contract between plugins and core. It is raised if the shape changes, or if the version of sharp changes so that
 * transforms written for {@linkcode CONTRACT_SHARP} no longer work.
 */
export const CONTRACT_VERSION = 1;

/** The version of sharp, major and minor, whose images `apply` receives in this version of the contract. */
export const CONTRACT_SHARP = "0.35";

/** The servers that support this version of the contract. */
const CONTRACT_SERVER = ">=0.1.0";

/** The requirements of a plugin. */
export interface PluginRequirements {
  /** A range of the server's semantic versions, such as `>=1.2.0`. */
  readonly server?: string;
}

/** A package of transforms. It is recognised by its shape, so that plugins may bundle their own copy of this package. */
export interface Plugin {
  readonly contract: number;
  /** The name of its npm package. */
  readonly name: string;
  /**
   * The prefix of its transforms' names, as in `print.halftone`: small letters and digits. Only packages of `@progimage/` have none,
   * because names without a dot belong to the server.
   */
  readonly namespace?: string;
  /** If omitted, every server that supports the contract is accepted. */
  readonly requires?: PluginRequirements;
  /**
   * The settings that the operator can set, by variables such as `PROGIMAGE_PLUGIN_PRINT_INK` for `ink` of `print`. They are part of the
   * key of everything that the plugin renders.
   */
  readonly settings?: Params;
  readonly transforms: readonly Transform[];
}

/** Declares a plugin: the default export of its package. */
export function definePlugin(plugin: Omit<Plugin, "contract">): Plugin {
  return { contract: CONTRACT_VERSION, requires: { server: CONTRACT_SERVER }, ...plugin };
}
