import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { newBlobKey } from "../../blob/blob_store.ts";
import { FsBlobStore } from "../../blob/fs_blob_store.ts";
import { MemoryTables } from "../../database/memory_tables.ts";
import type { Identity } from "../../installation/installation.ts";
import { FsStoreMark } from "../../installation/fs_store_mark.ts";
import { MemoryInstallationRecord } from "../../installation/memory_installation_record.ts";
import { matchInstallation, openInstallation } from "./open_installation.ts";
import { testFolder, type TestFolder } from "../../testing/testing_folder.ts";

const ONE: Identity = { id: "one", counter: 7 };
const OTHER: Identity = { id: "other", counter: 7 };

/** The state of a database and a store before they are matched. */
interface Meeting {
  readonly own?: Identity;
  readonly stored?: Identity;
  /** Blobs on record. */
  readonly recorded?: number;
  /** How many of the recorded blobs the store has. */
  readonly found?: number;
  /** Blobs in the store that are not on record. */
  readonly strange?: number;
}

class Scene implements AsyncDisposable {
  readonly installation: MemoryInstallationRecord;
  readonly blobs: FsBlobStore;
  readonly mark: FsStoreMark;
  readonly #folder: TestFolder;

  private constructor(folder: TestFolder, tables: MemoryTables) {
    this.#folder = folder;
    this.installation = new MemoryInstallationRecord(tables);
    this.blobs = new FsBlobStore(join(folder.path, "blobs"));
    this.mark = new FsStoreMark(join(folder.path, "blobs"));
  }

  static async open({ own, stored, recorded = 0, found = 0, strange = 0 }: Meeting): Promise<Scene> {
    const tables = new MemoryTables();
    const folder = await testFolder();
    const scene = new Scene(folder, tables);
    const file = join(folder.path, "file");
    await Bun.write(file, "bytes");
    for (let count = 0; count < recorded; count++) {
      const digest = new Bun.CryptoHasher("sha256").update(String(count)).digest("hex");
      const key = newBlobKey(digest);
      const row = { key, idleSince: null, condemnedAt: null, damagedAt: null };
      tables.blobs.set(digest, { digest, owner: "", ...row });
      if (count < found) await scene.blobs.put(key, file);
    }
    for (let count = 0; count < strange; count++) await scene.blobs.put(newBlobKey("ab".repeat(32)), file);
    if (own) await scene.installation.adopt(own);
    if (stored) await scene.mark.write(stored);
    return scene;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

describe("matchInstallation()", () => {
  const accepted: readonly (readonly [name: string, meeting: Meeting, pause: string | null])[] = [
    ["a new database and an empty store", {}, null],
    ["a database and a store of an earlier version", { recorded: 8, found: 8 }, null],
    ["a database and a store of an earlier version that has lost some", { recorded: 8, found: 5 }, null],
    ["the same identity", { own: ONE, stored: ONE, recorded: 3, found: 3 }, null],
    [
      "a store whose counter was not raised before a crash",
      { own: { ...ONE, counter: 8 }, stored: ONE },
      null,
    ],
    ["a database that is older than its store", { own: ONE, stored: { ...ONE, counter: 8 } }, "behind"],
    [
      "a start that a crash broke off before the store got its identity",
      { own: ONE, recorded: 4, found: 4 },
      null,
    ],
    ["a first start that a crash broke off", { own: ONE }, null],
  ];
  for (const [name, meeting, pause] of accepted) {
    test(`accepts ${name}, and writes to neither`, async () => {
      await using scene = await Scene.open(meeting);
      const before = [await scene.installation.read(), await scene.mark.read()];
      expect(await matchInstallation(scene)).toMatchObject({ refusal: null, pause });
      expect([await scene.installation.read(), await scene.mark.read()]).toEqual(before);
    });
  }

  const refused: readonly (readonly [name: string, meeting: Meeting, refusal: string])[] = [
    ["a new database beside a store with an identity", { stored: ONE }, "lost_database"],
    ["a new database beside a filled store with an identity", { stored: ONE, strange: 2 }, "lost_database"],
    ["a new database beside a filled store of an earlier version", { strange: 1 }, "unknown_store"],
    [
      "a database without its row beside a filled store without a mark",
      { own: ONE, strange: 1 },
      "unknown_store",
    ],
    [
      "a database of an earlier version beside a store with an identity",
      { stored: ONE, recorded: 4, found: 4 },
      "old_database",
    ],
    ["a filled database beside an empty store", { recorded: 8 }, "lost_store"],
    ["a filled database beside an empty store, with its identity", { own: ONE, recorded: 8 }, "lost_store"],
    ["a filled database beside a store with other images", { recorded: 8, strange: 8 }, "lost_store"],
    [
      "a filled database of an earlier version beside another's store",
      { stored: OTHER, recorded: 8 },
      "other_store",
    ],
    ["two identities", { own: ONE, stored: OTHER, recorded: 3, found: 3 }, "other_store"],
  ];
  for (const [name, meeting, refusal] of refused) {
    test(`refuses ${name}`, async () => {
      await using scene = await Scene.open(meeting);
      expect(await matchInstallation(scene)).toMatchObject({ refusal });
    });
  }

  test("reports a store that is older than its database", async () => {
    for (const [counter, isStoreBehind] of [
      [7, false],
      [23, false],
      [24, true],
    ] as const) {
      await using scene = await Scene.open({ own: { ...ONE, counter }, stored: ONE });
      expect(await matchInstallation(scene)).toMatchObject({ refusal: null, pause: null, isStoreBehind });
    }
  });

  test("does not treat a damaged mark as missing", async () => {
    await using scene = await Scene.open({});
    await scene.mark.write(ONE);
    await Bun.write(
      scene.blobs.localPath(newBlobKey("ab".repeat(32))).replace(/ab\/.*$/, "installation.json"),
      "{",
    );
    await expect(matchInstallation(scene)).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("openInstallation()", () => {
  test("gives both the same identity and increments the counters", async () => {
    await using scene = await Scene.open({});
    const match = await matchInstallation(scene);
    if (match.refusal !== null) throw new Error("Cannot test: refused");
    expect(await openInstallation(scene, match)).toBeNull();
    expect(await openInstallation(scene, match)).toBeNull();
    const own = await scene.installation.read();
    expect(own).toMatchObject({ id: match.identity.id, counter: 2, pause: null });
    expect(await scene.mark.read()).toEqual({ id: match.identity.id, counter: 2 });
  });

  test("pauses the sweep of a database that is behind, and keeps the store's counter", async () => {
    await using scene = await Scene.open({ own: ONE, stored: { ...ONE, counter: 50 } });
    const match = await matchInstallation(scene);
    if (match.refusal !== null) throw new Error("Cannot test: refused");
    expect(await openInstallation(scene, match)).toMatchObject({ code: "behind" });
    expect(await scene.installation.read()).toMatchObject({ counter: 8, pause: "behind" });
    expect(await scene.mark.read()).toEqual({ id: "one", counter: 50 });
    // A restart does not change that.
    expect(await matchInstallation(scene)).toMatchObject({ refusal: null, pause: "behind" });
  });
});
