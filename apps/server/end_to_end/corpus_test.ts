import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkFolder, type FileReport } from "../differential/testing_check_folder.ts";
import { startServer } from "./testing_server.ts";

/** Real images, many broken on purpose. They are not part of the repository, but beside it or in the folder of the variable. */
const CORPUS = resolve(
  process.env["PROGIMAGE_CORPUS"] ?? join(import.meta.dir, "../../../..", "shared/corpus"),
);
const MANIFEST = join(CORPUS, "manifest.tsv");

/** Files that other programs open, of kinds that the server refuses by name: docs/decisions/0042. */
const REFUSED_KINDS = ["tiff/image-tiff__gradient-3c-32b.tiff", "tiff/image__rgb32f_bw.tiff"];

const isThere = existsSync(MANIFEST);

if (!isThere) {
  console.warn(
    `No corpus at ${CORPUS}: its check is left out. PROGIMAGE_CORPUS can name another folder with a manifest.tsv.`,
  );
}

test.skipIf(!isThere)(
  "every file of the corpus is kept byte for byte, or refused and gone, as its manifest says",
  checkCorpus,
  300_000,
);

async function checkCorpus(): Promise<void> {
  await using server = await startServer();
  const reports = await checkFolder(server, CORPUS);
  expect(reports.filter(({ fault }) => fault !== null)).toEqual([]);
  const expected = await expectations();
  expect(reports.map(({ file, outcome }) => [file, outcome])).toEqual([...expected].toSorted());
}

/** The first column of the manifest is the file name, the last one `opened` or `refused`. */
async function expectations(): Promise<Map<string, FileReport["outcome"]>> {
  const lines = (await Bun.file(MANIFEST).text()).trim().split("\n").slice(1);
  const rows = lines.map((line) => line.split("\t"));
  const isKept = (row: readonly string[]) => row.at(-1) === "opened" && !REFUSED_KINDS.includes(row[0] ?? "");
  return new Map(rows.map((row) => [row[0] ?? "", isKept(row) ? "kept" : "refused"]));
}
