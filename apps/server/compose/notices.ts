import { type Clock, findStorageFault, type Ports } from "@progimage/core";
import { differenceText } from "../program/difference_text.ts";

/** A fault that the operator should know of, although requests are served. */
export interface Notice {
  readonly code: string;
  /** The fault and its remedy. */
  readonly detail: string;
}

/** The code of a notice about the clock of this machine. */
export const CLOCK_OFF = "clock_off";

/** The largest tolerated difference between the clock of this machine and that of the database, in milliseconds. */
const MOST_DIFFERENCE = 5_000;

/** The largest count of damaged images. Beyond it the notice says "more". */
const COUNTED = 1_000;

/**
 * Returns the notices about the storage.
 *
 * @throws {ProgImageError} `unavailable` if the store or the database does not answer
 */
export async function findNotices(
  ports: Pick<Ports, "installation" | "ledger" | "mark">,
): Promise<readonly Notice[]> {
  const found = await Promise.all([storageNotice(ports), claimNotice(ports), damageNotice(ports)]);
  return found.filter((notice) => notice !== null);
}

/** Returns the notices about the clock of this machine. */
export function findClockNotices(clock: Pick<Clock, "lead">): readonly Notice[] {
  const lead = clock.lead() ?? 0;
  if (Math.abs(lead) <= MOST_DIFFERENCE) return [];
  const detail = `The clock of this machine is ${differenceText(lead)} that of the database. What expires goes by the database; log lines and files here have the wrong time. Synchronise the clock, for example with chrony or systemd-timesyncd`;
  return [{ code: CLOCK_OFF, detail }];
}

async function storageNotice(ports: Pick<Ports, "installation" | "mark">): Promise<Notice | null> {
  const fault = await findStorageFault(ports);
  return fault && { code: `storage_${fault.code}`, detail: fault.message };
}

async function claimNotice({ mark }: Pick<Ports, "mark">): Promise<Notice | null> {
  const claim = await mark.readClaim();
  if (!claim) return null;
  const who = claim.id === null ? "a new database" : `installation ${claim.id}`;
  const detail = `Another server has tried to use this store of images, with ${who}, at ${new Date(claim.at).toISOString()}. It was refused. npm start -- fsck removes this notice`;
  return { code: "storage_claimed", detail };
}

async function damageNotice({ ledger }: Pick<Ports, "ledger">): Promise<Notice | null> {
  const { length } = await ledger.damaged(COUNTED);
  if (length === 0) return null;
  const count = length === COUNTED ? `${COUNTED} or more` : String(length);
  const detail = `Stored images whose bytes are damaged or missing: ${count}. npm start -- fsck lists them; uploading the same bytes again heals them`;
  return { code: "images_damaged", detail };
}
