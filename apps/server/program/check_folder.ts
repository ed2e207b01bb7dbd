import { join } from "node:path";
import { ProgImageError } from "@progimage/client";
import { filesBelow, type TestServer } from "../end_to_end/testing_server.ts";

/** How a server handled a file. */
export interface FileReport {
  readonly file: string;
  readonly outcome: "kept" | "refused";
  /** The code of the refusal, or the detected format. */
  readonly detail: string;
  /** The unexpected behavior; `null` if there is none. */
  readonly fault: string | null;
}

const CONVERSIONS = ["webp", "jpeg", "png"] as const;

/**
 * Stores every file of a folder on a server of its own. Checks that each comes back unchanged and can be converted, or is refused
 * without leaving anything.
 */
export async function checkFolder(
  server: TestServer,
  folder: string,
  onFile: (report: FileReport, done: number, total: number) => void = () => {},
): Promise<readonly FileReport[]> {
  const files = (await filesBelow(folder)).filter((file) => !file.endsWith(".tsv")).toSorted();
  const reports: FileReport[] = [];
  for (const file of files) {
    const before = await stateOf(server);
    const bytes = await Bun.file(join(folder, file)).bytes();
    const report = await server.client.images.upload(bytes, { name: file }).then(
      async (image) => ({
        file,
        outcome: "kept" as const,
        detail: image.format,
        fault: await faultOfKept(server, image.id, bytes),
      }),
      async (error: unknown) => ({
        file,
        outcome: "refused" as const,
        detail: codeOf(error),
        fault: await faultOfRefused(server, error, before),
      }),
    );
    reports.push(report);
    onFile(report, reports.length, files.length);
  }
  return reports;
}

async function faultOfKept({ client }: TestServer, id: string, bytes: Uint8Array): Promise<string | null> {
  const returned = new Uint8Array(await (await client.image(id).fetch()).arrayBuffer());
  if (Buffer.compare(returned, bytes) !== 0) return "the bytes that came back are not those that went in";
  for (const format of CONVERSIONS) {
    const response = await client
      .image(id)
      .resize({ width: 64 })
      .format(format)
      .fetch()
      .catch((error: unknown) => error);
    if (!(response instanceof Response))
      return `it was accepted, but cannot be converted to ${format}: ${codeOf(response)}`;
    await response.arrayBuffer();
  }
  return null;
}

async function faultOfRefused(server: TestServer, error: unknown, before: string): Promise<string | null> {
  if (!(error instanceof ProgImageError) || error.status < 400 || error.status > 499)
    return `it was refused by ${codeOf(error)}`;
  return (await stateOf(server)) === before ? null : "it was refused, but left something behind";
}

/** The stored files and the newest image: a refused upload changes neither. */
async function stateOf({ client, dataDir }: TestServer): Promise<string> {
  const files = await filesBelow(join(dataDir, "fs"));
  const { items } = await client.images.list({ limit: 1 }).page();
  const kept = files.filter((file) => !file.startsWith("derivatives"));
  return JSON.stringify([kept.toSorted(), items[0]?.id]);
}

function codeOf(error: unknown): string {
  return error instanceof ProgImageError ? `${error.status} ${error.code}` : String(error);
}
