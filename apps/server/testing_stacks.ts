import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { FileExchange } from "@progimage/core";
import { Bucket, FsFileExchange, S3FileExchange } from "@progimage/core/adapters";
import { sharedPostgres, sharedS3, testFolder } from "@progimage/core/testing";
import { bucketSettings } from "./testing_bucket.ts";
import { startServer, type TestServer } from "./testing_server.ts";

/** Where a server keeps all that it keeps. */
export interface Stack {
  readonly name: string;
  /** Starts a server on it, with nothing in it. `null` where this machine has no such stack. */
  readonly start: ((settings: Readonly<Record<string, string>>) => Promise<RunningStack>) | null;
}

/** A server, and the operator's files that it may read and write. */
export interface RunningStack extends AsyncDisposable {
  readonly server: TestServer;
  readonly files: FileExchange;
}

/** The stacks that users have: one machine, and many. */
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
          const files = new S3FileExchange(new Bucket(address), { prefix: "exchange/" });
          return await startWith(stack, files, {
            ...settings,
            ...bucketSettings(address),
            PROGIMAGE_DATABASE_URL: url,
          });
        }),
    },
  ];
}

async function startOnFiles(settings: Readonly<Record<string, string>>): Promise<RunningStack> {
  await using stack = new AsyncDisposableStack();
  const place = join(stack.use(await testFolder()).path, "exchange");
  await mkdir(place);
  return await startWith(stack, new FsFileExchange(place), { ...settings, PROGIMAGE_EXCHANGE_DIR: place });
}

/** The server ends before what it stands on. */
async function startWith(
  stack: AsyncDisposableStack,
  files: FileExchange,
  settings: Readonly<Record<string, string>>,
): Promise<RunningStack> {
  const server = stack.use(await startServer({ settings }));
  const kept = stack.move();
  return { server, files, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
