import { describe, expect, test } from "bun:test";
import { SHARDS, type BlobStore } from "../blob/blob_store.ts";
import type { StoreMark } from "./installation.ts";

/** The mark of a new store. */
export interface StoreMarkUnderTest extends AsyncDisposable {
  readonly mark: StoreMark;
  /** The blobs of the same store. */
  readonly blobs: BlobStore;
  /** A second instance for the same store. */
  readonly again?: StoreMark;
  /** Overwrites the mark or the claim with a text. */
  readonly spoil?: (what: "claim" | "mark", text: string) => Promise<void>;
}

/** Options for {@linkcode storeMarkContract}. */
export interface StoreMarkContractOptions {
  /** Whether the stored text can be changed from outside. @default {true} */
  readonly canBeDamaged?: boolean;
}

/** Makes the mark of a new store. */
export type MakeStoreMark = () => Promise<StoreMarkUnderTest> | StoreMarkUnderTest;

const ROUNDS = 40;

/** Texts that a crash, a full disk or another program may leave. */
const DAMAGED_TEXTS = [
  "",
  "\n",
  "{",
  "null",
  "[]",
  "7",
  '"text"',
  "{}",
  '{"id":"6f1e1a52-6a9e-4f3b-9b55-0f4f6f7b8a01"}',
  '{"counter":3}',
  '{"id":7,"counter":3}',
  '{"id":"6f1e1a52-6a9e-4f3b-9b55-0f4f6f7b8a01","counter":"3"}',
  '{"id":"6f1e1a52-6a9e-4f3b-9b55-0f4f6f7b8a01","counter":1.5}',
  '{"id":"6f1e1a52-6a9e-4f3b-9b55-0f4f6f7b8a01","coun',
];

/** Tests that every {@linkcode StoreMark} passes. */
export function storeMarkContract(
  name: string,
  make: MakeStoreMark,
  { canBeDamaged = true }: StoreMarkContractOptions = {},
): void {
  describe(`${name} as a StoreMark`, () => {
    test("read() gives null for a store without a mark, then the last written identity", async () => {
      await using opened = await make();
      const { mark, again = mark } = opened;
      expect(await mark.read()).toBeNull();
      for (const identity of [
        { id: crypto.randomUUID(), counter: 1 },
        { id: crypto.randomUUID(), counter: 2 },
        { id: crypto.randomUUID(), counter: Number.MAX_SAFE_INTEGER },
      ]) {
        await mark.write(identity);
        expect(await again.read()).toEqual(identity);
      }
    });

    test("write() stores the identity and nothing else", async () => {
      await using opened = await make();
      const { mark, again = mark } = opened;
      const installation = { id: crypto.randomUUID(), counter: 1, pause: null, strays: 3, scrubbedTo: "ab" };
      await mark.write(installation);
      expect(await again.read()).toEqual({ id: installation.id, counter: 1 });
    });

    test("write() is atomic: concurrent readers get an identity as it was written", async () => {
      await using opened = await make();
      const { mark, again = mark } = opened;
      const identityOf = (counter: number) => ({
        id: `${counter % 10}`.repeat(20 + (counter % 10) * 300),
        counter,
      });
      await mark.write(identityOf(0));
      const writing = new AbortController();
      const writes = (async () => {
        for (let round = 0; round < ROUNDS; round++)
          await Promise.all([1, 2, 3].map((writer) => mark.write(identityOf(round * 3 + writer))));
      })().finally(() => writing.abort());
      let reads = 0;
      while (!writing.signal.aborted) {
        const found = await again.read();
        expect(found).toEqual(identityOf(found?.counter ?? -1));
        reads++;
      }
      await writes;
      expect(reads).toBeGreaterThan(0);
    });

    test("the mark is not listed as a blob", async () => {
      await using opened = await make();
      const { mark, blobs } = opened;
      await mark.write({ id: crypto.randomUUID(), counter: 1 });
      await mark.claim({ id: null, at: 1 });
      for (const place of [blobs, blobs.quarantine])
        for (const shard of SHARDS) expect(await Array.fromAsync(place.list(shard))).toEqual([]);
    });

    test("readClaim() gives the last claim until it is dropped, beside the identity", async () => {
      await using opened = await make();
      const { mark, again = mark } = opened;
      const identity = { id: crypto.randomUUID(), counter: 1 };
      await mark.write(identity);
      expect(await again.readClaim()).toBeNull();
      await mark.dropClaim();
      for (const claim of [
        { id: crypto.randomUUID(), at: 123 },
        { id: null, at: 456 },
      ]) {
        await mark.claim(claim);
        expect(await again.readClaim()).toEqual(claim);
      }
      await mark.dropClaim();
      expect(await again.readClaim()).toBeNull();
      expect(await again.read()).toEqual(identity);
    });

    test("a claim may come before the identity", async () => {
      await using opened = await make();
      const { mark } = opened;
      await mark.claim({ id: null, at: 1 });
      expect(await mark.read()).toBeNull();
    });

    if (!canBeDamaged) return;

    test("read() rejects for a damaged mark instead of giving null", async () => {
      await using opened = await make();
      const { mark, spoil = fail } = opened;
      for (const text of DAMAGED_TEXTS) {
        await spoil("mark", text);
        await expect(mark.read()).rejects.toMatchObject({
          name: "ProgImageError",
          code: "unavailable",
          message: expect.stringContaining("is damaged"),
        });
      }
      const identity = { id: crypto.randomUUID(), counter: 1 };
      await mark.write(identity);
      expect(await mark.read()).toEqual(identity);
    });

    test("readClaim() treats a damaged claim as one of an unknown installation", async () => {
      await using opened = await make();
      const { mark, spoil = fail } = opened;
      for (const text of ["", "{", "null", "7", '{"id":3,"at":"x"}']) {
        await spoil("claim", text);
        expect(await mark.readClaim()).toEqual({ id: null, at: 0 });
      }
    });
  });
}

function fail(): never {
  throw new Error("Cannot spoil a mark without a way to");
}
