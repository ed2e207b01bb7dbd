import { resolve } from "node:path";
import { checkFolder, type FileReport } from "./testing_check_folder.ts";
import { startServer } from "../end_to_end/testing_server.ts";

/** The program behind `bun run check:folder FOLDER`: reports how a server handles every file in a folder. */
const [folder] = process.argv.slice(2);
if (!folder) {
  console.error("Usage: bun run check:folder FOLDER");
  process.exit(2);
}

await using server = await startServer();
const reports = await checkFolder(server, resolve(folder), show);
const faults = reports.filter(({ fault }) => fault !== null);
const kept = reports.filter(({ outcome }) => outcome === "kept").length;
console.log(
  `\n${reports.length} files: ${kept} kept, ${reports.length - kept} refused, ${faults.length} at fault`,
);
process.exitCode = faults.length > 0 ? 1 : 0;

function show({ file, outcome, detail, fault }: FileReport, done: number, total: number): void {
  console.log(
    `${String(done).padStart(String(total).length)}/${total}  ${outcome.padEnd(8)}${detail.padEnd(24)}${file}${fault ? `\n        ${fault}` : ""}`,
  );
}
