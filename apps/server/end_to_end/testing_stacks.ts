import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore, FileExchange } from "@progimage/core";
import {
  Bucket,
  FsBlobStore,
  FsFileExchange,
  ObjectBlobStore,
  ObjectFileExchange,
} from "@progimage/core/adapters";
import { sharedPostgres, sharedS3, testFolder } from "@progimage/core/testing";
import { bucketSettings } from "./testing_bucket.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

/** A combination of storage backends. */
export interface Stack {
  readonly name: string;
  /** Starts a server on it, with empty storage. `null` if this machine lacks such a stack. */
  readonly start: ((settings: Readonly<Record<string, string>>) => Promise<RunningStack>) | null;
}

/** A server, and the files of its exchange. */
export interface RunningStack extends AsyncDisposable {
  readonly server: TestServer;
  readonly files: FileExchange;
  /** The server's store of images. */
  readonly blobs: BlobStore;
  /** Returns the names of all files and objects of the server. */
  readonly names: () => Promise<readonly string[]>;
}

/** The storage of a server. */
interface Ground {
  readonly files: FileExchange;
  /** The bucket of images, instead of a folder of the server. */
  readonly bucket?: Bucket;
  readonly settings: Readonly<Record<string, string>>;
}

/** Returns the stacks of users: one machine, and many. */
export async function findStacks(): Promise<readonly Stack[]> {
  const [s3, postgres] = await Promise.all([sharedS3(), sharedPostgres()]);
  return [
    { name: "files + SQLite", start: startOnFiles },
    {
      name: "S3 + Postgres",
      start:
        s3 &&
        postgres &&
        (async (settings) => {
          await using stack = new AsyncDisposableStack();
          const { url } = stack.use(await postgres.freshDatabase());
          const address = await s3.freshBucket();
          const bucket = new Bucket(address);
          return await startWith(stack, {
            files: new ObjectFileExchange(bucket, { prefix: "exchange/" }),
            bucket,
            settings: { ...settings, ...bucketSettings(address), PROGIMAGE_DATABASE_URL: url },
          });
        }),
    },
  ];
}

async function startOnFiles(settings: Readonly<Record<string, string>>): Promise<RunningStack> {
  await using stack = new AsyncDisposableStack();
  const place = join(stack.use(await testFolder()).path, "exchange");
  await mkdir(place);
  return await startWith(stack, {
    files: new FsFileExchange(place),
    settings: { ...settings, PROGIMAGE_EXCHANGE_DIR: place },
  });
}

/** The server stops before its storage does. */
async function startWith(
  stack: AsyncDisposableStack,
  { files, bucket, settings }: Ground,
): Promise<RunningStack> {
  const server = stack.use(await startServer({ settings }));
  const kept = stack.move();
  const folder = join(server.dataDir, "fs");
  return {
    server,
    files,
    blobs: bucket ? new ObjectBlobStore(bucket) : new FsBlobStore(join(folder, "blobs")),
    names: async () => {
      const objects = bucket ? await Array.fromAsync(bucket.list("")) : [];
      return [...(await filesBelow(folder)), ...objects.map(({ key }) => `s3:${key}`)];
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
