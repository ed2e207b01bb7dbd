import { backupCommand } from "../commands/backup.ts";
import { fsckCommand } from "../commands/fsck.ts";
import { keysCommand } from "../commands/keys.ts";
import { migrateDatabaseCommand } from "../commands/migrate_database.ts";
import { migrateStorageCommand } from "../commands/migrate_storage.ts";
import { tenantsCommand } from "../commands/tenants.ts";
import type { Command } from "../commands/command.ts";
import { ConfigError } from "../settings/config.ts";

/** All commands. */
export const COMMANDS: readonly Command[] = [
  backupCommand,
  fsckCommand,
  keysCommand,
  migrateDatabaseCommand,
  migrateStorageCommand,
  tenantsCommand,
];

/**
 * Returns the command that the first word names, or `null` if the first word is missing or an option.
 *
 * @throws {ConfigError} for an unknown command
 */
export function findCommand([name]: readonly string[]): Command | null {
  if (name === undefined || name.startsWith("-")) return null;
  const command = COMMANDS.find((each) => each.name === name);
  if (command) return command;
  const known = COMMANDS.map((each) => each.name).join(", ");
  throw new ConfigError(`Cannot run ${JSON.stringify(name)} as it must be a command: there is ${known}`);
}
