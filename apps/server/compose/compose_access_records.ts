import type { KeyPorts, TenantPorts } from "@progimage/core";
import { openLog } from "../program/log.ts";
import type { Config } from "../settings/config.ts";
import { composeDatabase, migrateDatabase } from "./compose_database.ts";

/** The records of keys and tenants, for a command. */
export interface AccessRecords extends KeyPorts, TenantPorts, AsyncDisposable {}

/** Opens the records of keys and tenants of a configuration. A command can write them before a server has run. */
export async function openAccessRecords(config: Config): Promise<AccessRecords> {
  await using stack = new AsyncDisposableStack();
  await migrateDatabase(config);
  const { log } = await openLog(config);
  const { clock, keys, tenants } = stack.use(await composeDatabase(config, log));
  const kept = stack.move();
  return { keys, tenants, now: clock.now, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
