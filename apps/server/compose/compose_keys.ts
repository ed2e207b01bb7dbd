import type { KeyPorts, TenantRecords } from "@progimage/core";
import { openLog } from "../program/log.ts";
import type { Config } from "../settings/config.ts";
import { composeDatabase, migrateDatabase } from "./compose_database.ts";

/** The records of keys, for a command. */
export interface OpenedKeys extends KeyPorts, AsyncDisposable {
  readonly tenants: TenantRecords;
}

/** Opens the records of keys of a configuration. The first key can be made before a server has run. */
export async function openKeys(config: Config): Promise<OpenedKeys> {
  await using stack = new AsyncDisposableStack();
  await migrateDatabase(config);
  const { log } = await openLog(config);
  const { clock, keys, tenants } = stack.use(await composeDatabase(config, log));
  const kept = stack.move();
  return { keys, tenants, now: clock.now, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
