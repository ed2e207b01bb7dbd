import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { MemoryObjectStore } from "../../object/memory_object_store.ts";
import { Bucket } from "../../s3/bucket.ts";
import { RequestSigner } from "../../s3/request_signer.ts";
import { sharedS3 } from "../../s3/testing_s3.ts";
import { testFolder } from "../../testing/testing_folder.ts";
import { fileExchangeContract } from "./file_exchange_contract.ts";
import { ObjectFileExchange } from "./object_file_exchange.ts";

const s3 = await sharedS3();

fileExchangeContract("ObjectFileExchange in memory", async () => {
  const objects = new MemoryObjectStore();
  return {
    exchange: new ObjectFileExchange(objects, { prefix: "exchange/" }),
    plant: (name, path) => objects.put(`exchange/${name}`, path, { use: "write" }),
  };
});

describe.skipIf(s3 === null)("on S3", () => {
  if (!s3) return;

  fileExchangeContract("ObjectFileExchange", async () => {
    const bucket = new Bucket(await s3.freshBucket());
    return {
      exchange: new ObjectFileExchange(bucket, { prefix: "some/exchange/" }),
      plant: (name, path) => bucket.put(`some/exchange/${name}`, path, { use: "write" }),
    };
  });

  test("S3FileExchange reads and writes under its prefix only, and skips keys that mark folders", async () => {
    await using folder = await testFolder();
    const path = join(folder.path, "file");
    await Bun.write(path, "bytes");
    const address = await s3.freshBucket();
    const bucket = new Bucket(address);
    for (const key of ["blobs/aa/1", "exchange", "exchange/a/b.jpg", "exchange/a//c.jpg", "exchangeable"])
      await bucket.put(key, path, { use: "write" });
    for (const key of ["exchange/", "exchange/a/"]) {
      const url = await new RequestSigner(address).other("PUT", key);
      expect((await fetch(url, { method: "PUT" })).status).toBe(200);
    }
    const exchange = new ObjectFileExchange(bucket, { prefix: "exchange/" });
    expect((await Array.fromAsync(bucket.list("exchange/"))).map(({ key }) => key)).toContain("exchange/a/");
    expect(await exchange.list("", { limit: 10, after: null })).toEqual(["a/b.jpg"]);
    await exchange.put("blobs/aa/2", path);
    const keys = (await Array.fromAsync(bucket.list("blobs/"))).map(({ key }) => key);
    expect(keys).toEqual(["blobs/aa/1"]);
  });

  test("S3FileExchange lists more names than S3 returns at a time", async () => {
    await using folder = await testFolder();
    const path = join(folder.path, "file");
    await Bun.write(path, "");
    const bucket = new Bucket(await s3.freshBucket());
    const exchange = new ObjectFileExchange(bucket, { prefix: "x/" });
    const names = Array.from({ length: 1_200 }, (_, index) => `n/${String(index).padStart(5, "0")}`);
    const waiting = names.values();
    const work = async () => {
      for (const name of waiting) await exchange.put(name, path);
    };
    await Promise.all(Array.from({ length: 16 }, work));
    expect(await exchange.list("n/", { limit: 5_000, after: null })).toEqual(names);
    expect(await exchange.list("n/", { limit: 500, after: names[699] ?? "" })).toEqual(names.slice(700));
  });
});
