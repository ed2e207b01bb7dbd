import type { TenantPorts } from "@progimage/core";
import { openLog } from "../program/log.ts";
import type { Config } from "../settings/config.ts";
import { composeDatabase, migrateDatabase } from "./compose_database.ts";

/** The records of tenants, for a command. */
export interface OpenedTenants extends TenantPorts, AsyncDisposable {}

/** Opens the records of tenants of a configuration. The first tenant can be made before a server has run. */
export async function openTenants(config: Config): Promise<OpenedTenants> {
  await using stack = new AsyncDisposableStack();
  await migrateDatabase(config);
  const { log } = await openLog(config);
  const { clock, tenants } = stack.use(await composeDatabase(config, log));
  const kept = stack.move();
  return { tenants, now: clock.now, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
