import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Image } from "../../image/image.ts";
import { NO_ATTRIBUTES } from "../../image/image_attributes.ts";
import { imageFixture } from "../../image/image_fixture.ts";
import type { Ports } from "../../ports.ts";
import type { Probe } from "../../image/probe.ts";
import { eraseImage } from "../image/erase_image.ts";
import { removeImage } from "../image/remove_image.ts";
import { restoreImage } from "../image/restore_image.ts";
import { storeImage } from "../image/store_image.ts";
import { sweepStorage } from "./sweep_storage.ts";
import { derivativeKey } from "../../derivative/derivative_key.ts";
import { publishSealed } from "../../derivative/sealed_file.ts";
import { testFolder, type TestFolder } from "../../testing/testing_folder.ts";
import { randomNumbers } from "../../testing/testing_random.ts";

type StoragePorts = Parameters<typeof sweepStorage>[0] & Pick<Ports, "catalog" | "owner">;

/** A store and a catalog that belong together and share a clock. */
export interface StorageUnderTest extends AsyncDisposable {
  readonly blobs: Ports["blobs"];
  readonly catalog: Ports["catalog"];
  readonly deleted: Ports["deleted"];
  readonly derivatives: Ports["derivatives"];
  readonly installation: Ports["installation"];
  readonly ledger: Ports["ledger"];
  readonly mark: Ports["mark"];
  readonly removals: Ports["removals"];
}

/** Makes empty storage. The age of blobs must follow the clock. */
export type MakeStorage = (folder: string, now: () => number) => StorageUnderTest | Promise<StorageUnderTest>;

/** The test sets it. */
interface Clock {
  now: number;
}

/** Options for {@linkcode uploadDeleteSweepContract}. */
export interface UploadDeleteSweepOptions {
  /** The number of random sequences: fewer if each step is slow. @default {100} */
  readonly mixtures?: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BYTES = "the same bytes in every upload";
const SHA256 = new Bun.CryptoHasher("sha256").update(BYTES).digest("hex");
/** No bytes are staged in this contract. */
const NO_JOBS: StoragePorts["jobs"] = { staged: async () => new Set() };
const RECIPE = { steps: [], format: "webp", versions: [], fingerprint: "" } as const;
const SHARD = SHA256.slice(0, 2);

/** How long a deleted image can be restored in this contract. */
const DELETED_GRACE = 6 * HOUR;

/**
 * Tests that uploads, renders, deletions, restorations, erasures and sweeps of the same bytes never harm each other, however they
 * interleave. Every acknowledged image has its bytes, and in the end nothing remains that no image needs.
 */
export function uploadDeleteSweepContract(
  name: string,
  makeStorage: MakeStorage,
  { mixtures = 100 }: UploadDeleteSweepOptions = {},
): void {
  describe(`${name}: uploads, deletions, restorations, erasures and sweeps`, () => {
    const cases = [
      { paused: "upload of new bytes", start: (scene: Scene) => scene.startUpload(), places: 3 },
      { paused: "upload of known bytes", start: (scene: Scene) => scene.startUpload(), places: 2 },
      { paused: "render", start: (scene: Scene) => scene.startRender(), places: 2 },
      { paused: "deletion", start: (scene: Scene) => scene.startDeletion(), places: 3 },
      { paused: "erasure", start: (scene: Scene) => scene.startErasure(), places: 5 },
      { paused: "restoration", start: (scene: Scene) => scene.startRestoration(), places: 1 },
      { paused: "sweep", start: (scene: Scene) => scene.startSweep(), places: 8 },
    ];
    const ways = cases.flatMap((each) => WAYS.map((way) => ({ ...each, way })));
    for (const { paused, start, places, way } of ways) {
      test(`one ${paused}, paused at each of its steps while images are ${way} and everything else runs`, async () => {
        let reached = 0;
        for (let isDone = false; !isDone;) {
          await using scene = await Scene.open(makeStorage);
          if (paused !== "upload of new bytes") {
            await scene.finish(scene.startUpload());
            await scene.finish(scene.startRender());
          }
          if (paused === "restoration") await scene.finish(scene.startDeletion());
          const actor = start(scene);
          for (let count = 0; count < reached; count++) await actor.step();
          isDone = actor.isDone;
          if (!isDone) reached++;
          await scene.everythingElse(way);
          await scene.finish(actor);
          await scene.check();
        }
        // Fewer pauses than this mean that the test does not pause where it should.
        expect(reached).toBeGreaterThanOrEqual(places);
      });
    }

    test("a restored image has its bytes, even if another image with the same bytes was erased", async () => {
      await using scene = await Scene.open(makeStorage);
      const actors = [scene.startUpload, scene.startUpload, scene.startDeletion, scene.startErasure];
      for (const start of [...actors, scene.startSweep, scene.startRestoration])
        await scene.finish(start.call(scene));
      expect(scene.acknowledged).toBe(1);
      await scene.check();
    });

    test("random sequences", async () => {
      for (let seed = 1; seed <= mixtures; seed++) {
        await using scene = await Scene.open(makeStorage);
        await scene.mix(seed);
        await scene.check();
      }
    });
  });
}

/** How images are removed. */
const WAYS = ["deleted", "erased"] as const;

/** Storage with a clock that the test sets, and actors that take one step at a time. */
class Scene implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #storage: StorageUnderTest;
  readonly #folder: TestFolder;
  readonly #ports: StoragePorts;
  readonly #acknowledged = new Map<string, Image>();
  readonly #deleted = new Map<string, Image>();
  readonly #erased = new Set<string>();

  private constructor(folder: TestFolder, storage: StorageUnderTest, clock: Clock) {
    this.#folder = folder;
    this.#storage = storage;
    this.#clock = clock;
    const { blobs, catalog, deleted, derivatives, installation, ledger, mark, removals } = storage;
    const known = { catalog, deleted, installation, ledger, removals };
    this.#ports = { ...known, blobs, derivatives, mark, jobs: NO_JOBS, now: () => clock.now, owner: "" };
  }

  static async open(makeStorage: MakeStorage): Promise<Scene> {
    const folder = await testFolder();
    await Bun.write(join(folder.path, "upload"), BYTES);
    const clock = { now: Date.now() };
    const scene = new Scene(folder, await makeStorage(folder.path, () => clock.now), clock);
    const identity = { id: crypto.randomUUID(), counter: 1 };
    await scene.#ports.installation.adopt(identity);
    await scene.#ports.mark.write(identity);
    return scene;
  }

  /** The number of images that must exist. */
  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  startUpload(): Actor {
    return new Actor(async (pause) => {
      const renderer = { probe: async (): Promise<Probe> => imageFixture() } as unknown as Ports["renderer"];
      const file = { path: join(this.#folder.path, "upload"), bytes: BYTES.length, sha256: SHA256 };
      const ports = { ...pausable(this.#ports, pause), owner: "", renderer };
      const stored = await storeImage(ports, file, NO_ATTRIBUTES).catch(refusal);
      if (stored) this.#acknowledged.set(stored.image.id, stored.image);
    });
  }

  startRender(): Actor {
    return new Actor(async (pause) => {
      const { catalog, derivatives } = pausable(this.#ports, pause);
      const [id = ""] = this.#acknowledged.keys();
      const image = await catalog.find(id);
      if (!image) return;
      const { output, target, keep } = await derivatives.reserve(derivativeKey({ image, ...RECIPE }));
      await Bun.write(output, "pixels");
      publishSealed(output, target, "pixels".length);
      await keep("pixels".length);
    });
  }

  startDeletion(): Actor {
    return new Actor(async (pause) => {
      const [image] = this.#acknowledged.values();
      if (!image) return;
      this.#acknowledged.delete(image.id);
      const { freed } = await removeImage(pausable(this.#ports, pause), image.id, { grace: 0 });
      this.#deleted.set(image.id, image);
      await freed;
    });
  }

  startRestoration(): Actor {
    return new Actor(async (pause) => {
      const [image] = this.#deleted.values();
      if (!image) return;
      this.#deleted.delete(image.id);
      const options = { deletedGrace: DELETED_GRACE };
      const restored = await restoreImage(pausable(this.#ports, pause), image.id, options).catch(absence);
      if (!restored || this.#erased.has(image.id)) return;
      await this.#expectBytes(image);
      this.#acknowledged.set(image.id, image);
    });
  }

  /** Erases an existing image, or else a deleted one. */
  startErasure(): Actor {
    return new Actor(async (pause) => {
      const [image] = [...this.#acknowledged.values(), ...this.#deleted.values()];
      if (!image) return;
      const wasThere = this.#acknowledged.delete(image.id);
      this.#erased.add(image.id);
      const erasing = eraseImage(pausable(this.#ports, pause), image.id);
      await (wasThere ? erasing : erasing.catch(absence));
    });
  }

  startSweep(): Actor {
    return new Actor(async (pause) => {
      // Crashes are as frequent as uploads here, so many blobs without a record do not mean a lost database.
      await this.#ports.installation.update({ strays: 0 });
      // All sweeps share one holder, as if each lease had expired while its sweep was paused.
      const options = { holder: "sweeper", grace: DAY, deletedGrace: DELETED_GRACE, shard: SHARD };
      const swept = await sweepStorage(pausable(this.#ports, pause), options);
      expect(swept).toMatchObject({ fault: null, failures: [] });
    });
  }

  async finish(actor: Actor): Promise<void> {
    while (!actor.isDone) await actor.step();
    await actor.outcome;
  }

  /** Everything that can happen to the same bytes in four days: deletion, condemnation, release or erasure, and a new upload. */
  async everythingElse(way: (typeof WAYS)[number]): Promise<void> {
    await this.finish(this.startDeletion());
    if (way === "erased") {
      await this.finish(this.startRestoration());
      await this.finish(this.startErasure());
    }
    for (let day = 0; day < 3; day++) {
      this.#clock.now += DAY + 1;
      await this.finish(this.startSweep());
      this.#clock.now += HOUR + 1;
      await this.finish(this.startSweep());
    }
    await this.finish(this.startUpload());
    await this.finish(this.startRender());
  }

  async mix(seed: number): Promise<void> {
    const chance = randomNumbers(seed);
    const actors: Actor[] = [];
    for (let move = 0; move < 60; move++) {
      const starts = [
        ...[this.startUpload, this.startRender, this.startDeletion, this.startSweep],
        ...[this.startErasure, this.startRestoration],
      ];
      const start = starts[Math.floor(chance() * starts.length)];
      if (actors.length < 4 && start) actors.push(start.call(this));
      if (chance() < 0.3) this.#clock.now += [HOUR / 2, 2 * HOUR, DAY + 1][Math.floor(chance() * 3)] ?? 0;
      const actor = actors[Math.floor(chance() * actors.length)];
      await actor?.step();
      if (actor?.isDone) actors.splice(actors.indexOf(actor), 1);
    }
    for (const actor of actors) await this.finish(actor);
  }

  async check(): Promise<void> {
    for (const image of this.#acknowledged.values()) await this.#expectBytes(image);
    for (const id of this.#erased) expect(await this.#ports.catalog.find(id)).toBeNull();
    await this.#sweepForDays();
    const kept = await this.#blobKeys();
    expect(kept.length).toBe(this.#acknowledged.size > 0 ? 1 : 0);
    for (const { id } of this.#acknowledged.values()) {
      expect((await this.#ports.catalog.find(id))?.blobKey).toBe(kept[0] ?? "");
    }
    while (this.#acknowledged.size > 0) await this.finish(this.startDeletion());
    await this.#sweepForDays();
    expect(await this.#blobKeys()).toEqual([]);
    expect(await this.#ports.derivatives.sources(SHARD)).toEqual([]);
  }

  async #expectBytes({ id }: Image): Promise<void> {
    const found = await this.#ports.catalog.find(id);
    expect(found).not.toBeNull();
    const blob = await this.#ports.blobs.open(found?.blobKey ?? "");
    expect(await blob?.text()).toBe(BYTES);
  }

  async #sweepForDays(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      this.#clock.now += DAY + 1;
      await this.finish(this.startSweep());
    }
  }

  async #blobKeys(): Promise<readonly string[]> {
    return (await Array.fromAsync(this.#ports.blobs.list(SHARD))).map(({ key }) => key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#storage[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** An upload that is repeatedly paused for hours gives up, which is correct if it reports so. */
function refusal(error: unknown): null {
  expect(error).toMatchObject({ code: "unavailable" });
  return null;
}

/** The image was removed meanwhile. */
function absence(error: unknown): null {
  expect(error).toMatchObject({ code: "image_not_found" });
  return null;
}

/** Work that pauses before each call of a port until it is resumed. */
class Actor {
  isDone = false;
  readonly outcome: Promise<void>;
  #resume = () => {};
  #paused = Promise.withResolvers<void>();

  constructor(work: (pause: () => Promise<void>) => Promise<void>) {
    const pause = () =>
      new Promise<void>((resolve) => {
        this.#resume = resolve;
        this.#paused.resolve();
      });
    this.outcome = work(pause).finally(() => {
      this.isDone = true;
      this.#paused.resolve();
    });
    this.outcome.catch(() => {});
  }

  /** Runs to the next pause or to the end. */
  async step(): Promise<void> {
    await this.#paused.promise;
    if (this.isDone) return await this.outcome;
    this.#paused = Promise.withResolvers();
    this.#resume();
    await this.#paused.promise;
    if (this.isDone) await this.outcome;
  }
}

function pausable(ports: StoragePorts, pause: () => Promise<void>): StoragePorts {
  const { blobs, catalog, deleted, derivatives, ledger, removals } = ports;
  return {
    ...ports,
    blobs: pausing(blobs, pause),
    catalog: pausing(catalog, pause),
    deleted: pausing(deleted, pause),
    derivatives: pausing(derivatives, pause),
    ledger: pausing(ledger, pause),
    removals: pausing(removals, pause),
  };
}

function pausing<T extends object>(port: T, pause: () => Promise<void>): T {
  return new Proxy(port, {
    get(target, name) {
      const method = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      if (name === "list") return (...args: unknown[]) => pausingIteration(method.apply(target, args), pause);
      return async (...args: unknown[]) => {
        await pause();
        return await method.apply(target, args);
      };
    },
  });
}

async function* pausingIteration<T>(
  iterable: AsyncIterable<T>,
  pause: () => Promise<void>,
): AsyncIterable<T> {
  await pause();
  for await (const item of iterable) {
    yield item;
    await pause();
  }
}
