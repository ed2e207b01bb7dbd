import server from "../../package.json";
import { quote } from "../recipe/names.ts";
import { CONTRACT_SHARP, CONTRACT_VERSION, type Plugin } from "./plugin.ts";

/** What a server has to offer to plugins. */
export interface ServerContract {
  /** The version of the server. */
  readonly server: string;
  /** The earliest version of the contract that it keeps to. */
  readonly oldest: number;
  /** The latest one. */
  readonly newest: number;
}

/** This server. */
const OURS: ServerContract = { server: server.version, oldest: 1, newest: CONTRACT_VERSION };

/**
 * Returns why a plugin does not go with a server, with the server or plugin that is needed, as the end of a sentence, or `null`.
 * Nothing else of the plugin is looked at: another version of the contract may mean another shape.
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
  // A release candidate has what its release will have.
  return Bun.semver.satisfies(server.replace(/-.*/, ""), needed)
    ? null
    : `it needs server ${needed}: this is ${server}`;
}

const COMPARATOR = String.raw`(?:[<>]=?|=|\^|~)?\s*v?\d+(?:\.(?:\d+|[xX*])){0,2}(?:-[\w.-]+)?`;
const RANGE_REGEXP = new RegExp(`^${COMPARATOR}(?:\\s+(?:\\|\\|\\s+|-\\s+)?${COMPARATOR})*$`);

/** Bun takes what is no range for one that nothing satisfies. */
function isRange(range: string): boolean {
  return range.length <= 100 && RANGE_REGEXP.test(range);
}
