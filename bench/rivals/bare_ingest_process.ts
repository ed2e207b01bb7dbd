import { link, mkdir, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "@progimage/core";
import { ProcessPoolRenderer } from "@progimage/core/adapters";
import { inFlight } from "../in_flight.ts";
import { stamped } from "../stamped.ts";
import type { BareIngestOrder, BareIngestSetUp } from "./bare_ingest.ts";
import { type BareRow, SqliteBareRows } from "./sqlite_bare_rows.ts";

const MINUTE = 60_000;

const { folder, picture, probeProcesses }: BareIngestSetUp = JSON.parse(process.argv[2] ?? "");
const [incoming, blobs] = [join(folder, "incoming"), join(folder, "blobs")];
for (const path of [incoming, blobs]) await mkdir(path, { recursive: true });
const jpeg = await Bun.file(picture).bytes();
const rows = new SqliteBareRows(folder);
const deadlines = { renderDeadline: MINUTE, probeDeadline: MINUTE };
const queueTimeouts = { renderQueueTimeout: MINUTE, bulkQueueTimeout: MINUTE, probeQueueTimeout: MINUTE };
const renderer = new ProcessPoolRenderer({
  ...deadlines,
  ...queueTimeouts,
  plugins: [],
  limits: DEFAULT_LIMITS,
  // As in the server, idle render processes probe.
  renderProcesses: probeProcesses - 1,
  probeProcesses: 1,
  queueLength: 1_000,
  memoryLimit: 2 ** 31,
  retireAfter: 0,
  onFault: ({ message }) => console.error(message),
});
let waiting: { readonly row: BareRow; readonly done: () => void }[] = [];

process.on("message", async ({ count, atATime, isGrouped }: BareIngestOrder) => {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const startedAt = performance.now();
  await inFlight(atATime, numbers, () => takeIn(stamped(jpeg), isGrouped));
  process.send?.((performance.now() - startedAt) / 1000);
});

async function takeIn(body: Uint8Array, isGrouped: boolean): Promise<void> {
  const id = crypto.randomUUID();
  const path = join(incoming, id);
  await using file = await open(path, "wx");
  await file.writeFile(body);
  const sha256 = new Bun.CryptoHasher("sha256").update(body).digest("hex");
  const probe = await renderer.probe(path);
  await file.sync();
  await publish(path, join(blobs, sha256.slice(0, 2)), id);
  const row = { id, probe, bytes: body.length, sha256 };
  if (isGrouped) await new Promise<void>((done) => addSoon({ row, done }));
  else rows.add(row);
  await unlink(path);
}

async function publish(path: string, shard: string, name: string): Promise<void> {
  await mkdir(shard, { recursive: true });
  await link(path, join(shard, name));
  await using place = await open(shard);
  await place.sync();
}

/** Commits all waiting rows in the next tick. */
function addSoon(one: (typeof waiting)[number]): void {
  if (waiting.push(one) > 1) return;
  setImmediate(() => {
    const group = waiting;
    waiting = [];
    rows.addAll(group.map(({ row }) => row));
    for (const { done } of group) done();
  });
}
