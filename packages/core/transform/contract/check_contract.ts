import server from "../../package.json";
import { quote } from "../recipe/names.ts";
import { CONTRACT_SHARP, CONTRACT_VERSION, type Plugin } from "./plugin.ts";

/** The versions that a server offers to plugins. */
export interface ServerContract {
  /** The version of the server. */
  readonly server: string;
  /** The oldest version of the contract that it supports. */
  readonly oldest: number;
  /** The newest version of the contract that it supports. */
  readonly newest: number;
}

/** The versions of this server. */
const OURS: ServerContract = { server: server.version, oldest: 1, newest: CONTRACT_VERSION };

/**
 * Returns why a plugin does not work with a server, as the end of a sentence, or `null`. The reason names the required server or plugin.
 * Reads nothing else of the plugin, because another version of the contract may have another shape.
 */
export function contractFault(
  { contract, requires }: Partial<Plugin>,
  { server, oldest, newest }: ServerContract = OURS,
): string | null {
  const version = contract as unknown;
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1)
    return `its contract must be a whole number from 1: it is ${quote(version)}`;
  const wish: unknown = requires?.server;
  const needed = typeof wish === "string" ? wish : null;
  const range = `${oldest === newest ? newest : `${oldest} to ${newest}`} (sharp ${CONTRACT_SHARP})`;
  const versions = `it is written for version ${version} of the contract, and server ${server} knows ${range}`;
  if (version > newest) return `${versions}: it needs ${needed ? `server ${needed}` : "a newer server"}`;
  if (version < oldest) return `${versions}: a newer version of the plugin is needed`;
  if (wish === undefined) return null;
  if (needed === null || !isRange(needed))
    return `its requires.server must be a range of versions such as >=1.2.0: it is ${quote(wish)}`;
  // A release candidate counts as its release.
  return Bun.semver.satisfies(server.replace(/-.*/, ""), needed)
    ? null
    : `it needs server ${needed}: this is ${server}`;
}

const COMPARATOR = String.raw`(?:[<>]=?|=|\^|~)?\s*v?\d+(?:\.(?:\d+|[xX*])){0,2}(?:-[\w.-]+)?`;
const RANGE_REGEXP = new RegExp(`^${COMPARATOR}(?:\\s+(?:\\|\\|\\s+|-\\s+)?${COMPARATOR})*$`);

/** Bun does not report an invalid range: it treats it as one that no version satisfies. */
function isRange(range: string): boolean {
  return range.length <= 100 && RANGE_REGEXP.test(range);
}
