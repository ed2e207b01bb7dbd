import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { MACHINE_CLOCK, SHARDS } from "@progimage/core";
import { imageFixture, testFolder, testingJobPorts, until } from "@progimage/core/testing";
import pino from "pino";
import { Sweeper } from "./sweeper.ts";

const DEADLINE_MILLISECONDS = 20_000;
const DAY = 86_400_000;

const CONFIG = {
  blobGraceMs: DAY,
  deletedGraceMs: DAY,
  leftoverAgeMs: DAY,
  quarantineMs: DAY,
  scrubBytesPerDay: 1e9,
  sweepIntervalMs: 1,
  uploadDeadlineMs: 3_600_000,
};

/** Starts a sweeper on a folder. */
async function startSweeper(folder: string) {
  const ports = await testingJobPorts(folder);
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = pino({ level: "debug" }, { write: (line) => void lines.push(JSON.parse(line)) });
  let asOf = 0;
  const parts = {
    clock: MACHINE_CLOCK,
    ports,
    sweepLeftovers: async (untouchedSince: number) => ((asOf = untouchedSince), 0),
  };
  const start = (changes: Partial<typeof parts> = {}) => new Sweeper({ ...parts, ...changes }, CONFIG, log);
  const said = (text: string) => lines.filter(({ msg }) => String(msg).includes(text));
  return { ports, start, said, asOf: () => asOf };
}

describe("Sweeper", () => {
  test("logs each foreign file only once, in any number of rounds", async () => {
    await using folder = await testFolder();
    const { ports, start, said } = await startSweeper(folder.path);
    const place = join(folder.path, "blobs", "ab");
    await Bun.write(join(place, "notes.txt"), "not ours");
    const sweeper = start();
    // Each round checks one part of the store.
    const passes = async (count: number) => {
      const end = (await counterOf(ports)) + count * SHARDS.length;
      await until(`${count} passes over the store`, async () => (await counterOf(ports)) > end);
    };
    await passes(2);
    await Bun.write(join(place, "more.txt"), "not ours");
    await passes(2);
    sweeper.stop();
    const named = said("Ignoring a file in the store of images: it is no stored image, or has no time").map(
      ({ name }) => name,
    );
    expect(named).toEqual(["ab/notes.txt", "ab/more.txt"]);
    expect(await Bun.file(join(place, "notes.txt")).text()).toBe("not ours");
    expect(said("Cannot")).toEqual([]);
  });

  test("still sweeps jobs and derivatives if the store has no mark of its installation", async () => {
    await using folder = await testFolder();
    const { ports, start, said } = await startSweeper(folder.path);
    const done: string[] = [];
    const noting = {
      ...ports,
      mark: Object.assign(Object.create(ports.mark), {
        read: async () => {
          throw new Error("It is damaged");
        },
      }),
      jobs: Object.assign(Object.create(ports.jobs), {
        removeExpired: async () => (done.push("jobs"), 0),
        list: async () => [],
      }),
      derivatives: Object.assign(Object.create(ports.derivatives), {
        evict: async () => (done.push("evict"), 0),
      }),
    };
    const sweeper = start({ ports: noting });
    await until("jobs and renders are swept", async () => new Set(done).size === 2);
    sweeper.stop();
    expect(said("Cannot sweep: the next round tries again")).not.toBeEmpty();
  });

  test("forgets used upload tokens once no upload that began before their expiry can go on", async () => {
    await using folder = await testFolder();
    const { ports, start } = await startSweeper(folder.path);
    for (const [id, usedUntil] of [
      ["old", Date.now() - CONFIG.uploadDeadlineMs - DAY - 1],
      ["expired", Date.now() - CONFIG.uploadDeadlineMs],
      ["new", Date.now() + DAY],
    ] as const) {
      const image = imageFixture();
      await ports.catalog.add(
        image,
        { key: image.sha256, validUntil: Infinity },
        { token: { id, usedUntil } },
      );
    }
    const sweeper = start();
    await until("the token is forgotten", async () => !(await ports.tokens.has("old")));
    sweeper.stop();
    for (const id of ["expired", "new"]) expect(await ports.tokens.has(id)).toBe(true);
  });

  test("does not count images as missing while the store may be the wrong one", async () => {
    await using folder = await testFolder();
    const { ports, start, said } = await startSweeper(folder.path);
    const image = imageFixture();
    await ports.catalog.add(image, { key: `${image.sha256}-${image.id}`, validUntil: Infinity });
    await ports.mark.write({ id: crypto.randomUUID(), counter: 1 });
    const sweeper = start();
    await until("some rounds", async () => said("swept").length > 5);
    sweeper.stop();
    expect(said("damaged or missing")).toEqual([]);
    expect(await ports.ledger.damaged(1)).toEqual([]);
  });

  test("sweeps nothing until it has the time of the database", async () => {
    await using folder = await testFolder();
    const { ports, start, said } = await startSweeper(folder.path);
    const before = await counterOf(ports);
    const sync = async () => {
      throw new Error("It does not answer");
    };
    const sweeper = start({ clock: { ...MACHINE_CLOCK, sync } });
    await until("rounds", async () => said("Cannot sweep: the next round tries again").length > 3);
    sweeper.stop();
    expect(await counterOf(ports)).toBe(before);
  });

  test("removes leftovers by the clock of this machine, as files have its time", async () => {
    await using folder = await testFolder();
    const { ports, start, asOf } = await startSweeper(folder.path);
    const now = () => Date.now() + 10 * DAY;
    const sweeper = start({
      ports: { ...ports, now },
      clock: { ...MACHINE_CLOCK, now, lead: () => -10 * DAY },
    });
    await until("leftovers are removed", async () => asOf() > 0);
    sweeper.stop();
    expect(Math.abs(asOf() - (Date.now() - DAY))).toBeLessThan(DEADLINE_MILLISECONDS);
  });

  test("logs a wrong clock once, not each change of the difference", async () => {
    await using folder = await testFolder();
    const { start, said } = await startSweeper(folder.path);
    let lead = 4_000;
    const sweeper = start({ clock: { ...MACHINE_CLOCK, lead: () => lead } });
    const look = async (change: number) => {
      lead = change;
      const rounds = said("swept").length + 3;
      await until("rounds", async () => said("swept").length > rounds);
    };
    await look(5_000);
    expect(sweeper.notices).toEqual([]);
    await look(5_001);
    expect(sweeper.notices).toHaveLength(1);
    await look(-20 * 60_000);
    const [notice, ...others] = sweeper.notices;
    expect([notice?.code, others]).toEqual(["clock_off", []]);
    expect(notice?.detail).toContain("20 minutes behind that of the database");
    expect(said("The clock of this machine")).toHaveLength(1);
    await look(0);
    expect(sweeper.notices).toEqual([]);
    await look(3 * DAY);
    expect(said("The clock of this machine")).toHaveLength(2);
    expect(sweeper.notices[0]?.detail).toContain("3 days ahead of that of the database");
    sweeper.stop();
  });
});

type Ports = Awaited<ReturnType<typeof testingJobPorts>>;

async function counterOf({ installation }: Ports): Promise<number> {
  return (await installation.read())?.counter ?? 0;
}
