import { type Ports, recordDamage } from "@progimage/core";
import type { RecentImageCatalog } from "@progimage/core/adapters";
import type { Logger } from "../program/log.ts";

/** The ports that record damage. */
interface DamagePorts extends Pick<Ports, "installation" | "ledger" | "mark"> {
  readonly catalog: RecentImageCatalog;
}

/**
 * Records that stored bytes are damaged or missing, and tells the operator.
 *
 * @returns whether the record has changed
 */
export async function recordAndLog(ports: DamagePorts, key: string, log: Logger): Promise<boolean> {
  try {
    const recorded = await recordDamage(ports, key);
    ports.catalog.forgetBlob(key);
    if (!recorded) return false;
    log.error(
      recorded,
      "The bytes of a stored image are damaged or missing: uploading the same file again heals it, npm start -- fsck tells more",
    );
    return true;
  } catch (error) {
    log.error({ key, err: error }, "Cannot record that the bytes of a stored image are damaged or missing");
    return false;
  }
}
