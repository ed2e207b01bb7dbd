import { parseArgs } from "node:util";
import {
  type CheckedStorage,
  type CheckFinding,
  type CheckProgress,
  checkStorage,
  RECOVERED_TAG,
  SHARDS,
} from "@progimage/core";
import type { Command } from "./command.ts";
import { adoptInstallation, checkInstallation } from "../compose/compose_installation.ts";
import { composeMaintenance } from "../compose/compose_maintenance.ts";
import type { Config } from "../settings/config.ts";
import { shownBytes, showProgress, type WorkProgress } from "./show_progress.ts";

const HELP = `Usage: npm start -- fsck [--quick] [--recover] [--adopt]

Compares the database with the store of images, and each image with its SHA-256. Repairs what can be repaired, lists the rest, and
lets the server remove again what no image needs. A server may work meanwhile.

  --quick    compares names and lengths only, and reads no image
  --recover  makes images of files without a record, under their ids, with the tag "${RECOVERED_TAG}". Without it, this happens
             only if the database is older than the store, was restored, or has lost records
  --adopt    has a new database take the place of one that was lost, or a new store the place of a lost one
  --help

Exit codes: 0 nothing is wrong any more, 1 the check could not be done, 2 a setting is wrong, 3 images are damaged or lost`;

/** The exit code when images are damaged or lost. */
const EXIT_LOST = 3;

/** `fsck`: compares and repairs the storage. */
export const fsckCommand: Command = {
  name: "fsck",
  summary: "compares the database with the stored images, repairs what can be repaired, lists the rest",
  async run(args, config) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h", default: false },
        quick: { type: "boolean", default: false },
        recover: { type: "boolean", default: false },
        adopt: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    await (values.adopt ? adoptInstallation(config) : checkInstallation(config));
    const checked = await check(config, values);
    console.log(summaryOf(checked, values).join("\n"));
    return checked.left > 0 ? EXIT_LOST : 0;
  },
};

interface FsckOptions {
  readonly quick: boolean;
  readonly recover: boolean;
}

async function check(config: Config, { quick, recover }: FsckOptions): Promise<CheckedStorage> {
  await using composition = await composeMaintenance(config);
  const progress = showProgress();
  try {
    return await checkStorage(composition.ports, {
      isQuick: quick,
      owners: await composition.findTenants(),
      recovers: recover ? true : undefined,
      onProgress: (found) => progress.show(progressOf(found)),
    });
  } finally {
    progress.stop();
  }
}

function progressOf({ shards, blobs, bytes, repaired, recovered, left }: CheckProgress): WorkProgress {
  const text = `${blobs} checked (${shownBytes(bytes)}), ${repaired} repaired, ${recovered} recovered, ${left} damaged or lost`;
  return { done: shards, total: SHARDS.length, text };
}

function summaryOf(checked: CheckedStorage, { quick }: FsckOptions): readonly string[] {
  const { blobs, bytes, repaired, recovered, left, findings, strays, recent, aside, overQuota, foreign } =
    checked;
  const read = quick ? "names and lengths only" : shownBytes(bytes);
  const lines = [
    `${blobs} stored files checked (${read}): ${repaired} repaired, ${recovered} recovered, ${left} damaged or lost.`,
    ...findings.map(findingLine),
  ];
  if (recovered > 0)
    lines.push(
      `Recovered images have lost their names, tags and metadata, and are private: GET /images?tag=${RECOVERED_TAG} lists them.`,
    );
  if (recent > 0)
    lines.push(
      `${recent} files without a record are so new that they may be uploads under way: run this again in a minute.`,
    );
  if (strays > 0)
    lines.push(
      `${strays} files without a record: the server sets them aside. --recover makes images of them.`,
    );
  if (aside > 0)
    lines.push(
      `${aside} files in quarantine: the server removes them later. --recover makes images of them.`,
    );
  if (overQuota > 0)
    lines.push(
      `${overQuota} of these exceed a limit of their tenant: raise it (npm start -- tenants update ID), and run this again with --recover.`,
    );
  if (foreign.length > 0) lines.push(`Files that are none of ours, left alone: ${foreign.join(", ")}`);
  if (left > 0) {
    lines.push(
      'Damaged or lost images answer with the problem "damaged". To heal one, put its file back from a backup (npm start -- backup restore) or upload the same bytes again; to give it up, POST /images/{id}/erase.',
    );
  }
  if (checked.fault) lines.push("The server removes again what no image needs.");
  return lines;
}

function findingLine({ key, state, repairedFrom, images }: CheckFinding): string {
  const names = images.map(({ id, name }) => (name === null ? id : `${id} ${JSON.stringify(name)}`));
  const result = repairedFrom
    ? `repaired from ${repairedFrom === "quarantine" ? "the quarantine" : "another copy"}`
    : "not repaired";
  return `  ${state}, ${result}: ${names.join(", ") || `no image, ${key}`}`;
}
