import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { testFolder } from "../testing/testing_folder.ts";
import { type BlobStore, newBlobKey } from "./blob_store.ts";

/** Creates a store for one test. The files to publish are in the folder. */
export type MakeBlobStore = (folder: string) => Promise<BlobStore> | BlobStore;

/** Publishes bytes and returns their key. */
type Publish = (text: string, digest?: string, owner?: string) => Promise<string>;

const DIGEST = "ab".repeat(32);

/** Tests the contract of {@linkcode BlobStore}. */
export function blobStoreContract(name: string, makeStore: MakeBlobStore): void {
  describe(`${name} as a BlobStore`, () => {
    async function withStore(work: (store: BlobStore, publish: Publish) => Promise<void>) {
      await using folder = await testFolder();
      const store = await makeStore(folder.path);
      const publish: Publish = async (text, digest = DIGEST, owner = "") => {
        const path = join(folder.path, crypto.randomUUID());
        await Bun.write(path, text);
        const key = newBlobKey(digest, { owner });
        await store.put(key, path);
        return key;
      };
      await work(store, publish);
    }

    test("put() publishes the exact bytes of a file", () =>
      withStore(async (store, publish) => {
        const key = await publish("some bytes");
        const blob = await store.open(key);
        expect(await blob?.text()).toBe("some bytes");
        expect(blob?.size).toBe(10);
      }));

    test("put() leaves the file where it is", () =>
      withStore(async (store) => {
        await using folder = await testFolder();
        const path = join(folder.path, "original");
        await Bun.write(path, "kept");
        // A sibling folder on the same volume, because a store need not own the file.
        await store.put(newBlobKey(DIGEST), path);
        expect(await Bun.file(path).text()).toBe("kept");
      }));

    test("open() gives slices, so that ranges can be served", () =>
      withStore(async (store, publish) => {
        const blob = await store.open(await publish("0123456789"));
        expect(await blob?.slice(3, 6).text()).toBe("345");
      }));

    test("open() gives null for an unknown key", () =>
      withStore(async (store) => {
        expect(await store.open(newBlobKey(DIGEST))).toBeNull();
      }));

    test("keys of the same digest are separate blobs", () =>
      withStore(async (store, publish) => {
        const [one, other] = [await publish("same"), await publish("same")];
        await store.remove(one);
        expect(await store.open(one)).toBeNull();
        expect(await (await store.open(other))?.text()).toBe("same");
      }));

    test("remove() of a missing blob is no error", () =>
      withStore(async (store) => {
        await store.remove(newBlobKey(DIGEST));
      }));

    test("list() gives the keys of one shard with size and time", () =>
      withStore(async (store, publish) => {
        const before = Date.now() - 5_000;
        const key = await publish("listed");
        await publish("elsewhere", "cd".repeat(32));
        const entries = await Array.fromAsync(store.list("ab"));
        expect(entries.map((entry) => [entry.key, entry.bytes])).toEqual([[key, 6]]);
        expect(entries[0]?.publishedAt).toBeGreaterThan(before);
        expect(await Array.fromAsync(store.list("ef"))).toEqual([]);
      }));

    test("list() with more digits gives the keys that begin with them", () =>
      withStore(async (store, publish) => {
        const other = `ab${"cd".repeat(31)}`;
        const [key] = [await publish("listed"), await publish("elsewhere", other)];
        expect((await Array.fromAsync(store.list(DIGEST))).map((entry) => entry.key)).toEqual([key]);
      }));

    test("quarantine.put() takes a blob out of the store, and restore() brings the same bytes back", () =>
      withStore(async (store, publish) => {
        const before = Date.now() - 5_000;
        const key = await publish("set aside");
        expect(await store.quarantine.put(key)).toBeTrue();
        expect(await store.open(key)).toBeNull();
        expect(await Array.fromAsync(store.list("ab"))).toEqual([]);
        const [entry, ...others] = await Array.fromAsync(store.quarantine.list("ab"));
        expect([entry?.key, entry?.bytes, others]).toEqual([key, 9, []]);
        expect(entry?.publishedAt).toBeGreaterThan(before);
        expect(await (await store.quarantine.open(key))?.text()).toBe("set aside");
        expect(await store.quarantine.restore(key)).toBeTrue();
        expect(await (await store.open(key))?.text()).toBe("set aside");
        expect(await Array.fromAsync(store.quarantine.list("ab"))).toEqual([]);
      }));

    test("quarantine.remove() removes what was set aside, and nothing else", () =>
      withStore(async (store, publish) => {
        const [kept, gone] = [await publish("kept"), await publish("gone")];
        await store.quarantine.put(gone);
        await store.quarantine.remove(gone);
        await store.quarantine.remove(kept);
        expect(await store.quarantine.open(gone)).toBeNull();
        expect(await store.quarantine.restore(gone)).toBeFalse();
        expect(await (await store.open(kept))?.text()).toBe("kept");
      }));

    test("quarantine.put() and restore() give false for a key that is not there", () =>
      withStore(async (store) => {
        expect(await store.quarantine.put(newBlobKey(DIGEST))).toBeFalse();
        expect(await store.quarantine.restore(newBlobKey(DIGEST))).toBeFalse();
      }));

    test("keys of another owner are separate blobs, in the store and in quarantine", () =>
      withStore(async (store, publish) => {
        const first = await publish("same");
        const other = await publish("same", DIGEST, "one");
        expect(other).toMatch(/-t[0-9a-f]{11}$/);
        expect((await Array.fromAsync(store.list("ab"), ({ key }) => key)).toSorted()).toEqual(
          [first, other].toSorted(),
        );
        expect(await store.quarantine.put(other)).toBeTrue();
        expect((await Array.fromAsync(store.quarantine.list(DIGEST))).map(({ key }) => key)).toEqual([other]);
        expect(await store.quarantine.restore(other)).toBeTrue();
        await store.remove(first);
        expect(await (await store.open(other))?.text()).toBe("same");
      }));

    test("only a key becomes part of a path", () =>
      withStore(async (store) => {
        const known = newBlobKey(DIGEST);
        for (const key of ["../../etc/passwd", "", DIGEST, `${DIGEST}-x/../y`, `${known}\n`, `${known}-x`]) {
          await expect(store.open(key)).rejects.toThrow(TypeError);
          await expect(store.remove(key)).rejects.toThrow(TypeError);
        }
      }));

    test("put() rejects and publishes nothing if the file is missing", () =>
      withStore(async (store) => {
        const key = newBlobKey(DIGEST);
        await expect(store.put(key, "/nowhere/at/all")).rejects.toThrow();
        expect(await store.open(key)).toBeNull();
      }));
  });
}
