import { join } from "node:path";
import { Bucket } from "@progimage/core/adapters";
import { sharedPostgres, sharedS3, testFolder } from "@progimage/core/testing";
import { bucketSettings } from "./testing_bucket.ts";
import { filesBelow, startServer, type TestServer } from "./testing_server.ts";

/** The stored bytes of a server, for reading and changing them directly. */
export interface StoredBytes {
  /** Returns the paths of blobs or derivatives that contain a text, such as a SHA-256. */
  readonly find: (folder: "blobs" | "derivatives", text: string) => Promise<readonly string[]>;
  readonly read: (path: string) => Promise<Uint8Array<ArrayBuffer>>;
  readonly write: (path: string, bytes: Uint8Array) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
}

/** A server whose stored bytes can be damaged. */
export interface FragileServer extends AsyncDisposable {
  readonly server: TestServer;
  readonly stored: StoredBytes;
  /** Stops the server, and starts one with empty memory and caches. */
  readonly restart: () => Promise<TestServer>;
}

/** A combination of storage backends. `null` if this machine lacks such a stack. */
export interface FragileStack {
  readonly name: string;
  readonly isRemote: boolean;
  readonly start: ((settings?: Readonly<Record<string, string>>) => Promise<FragileServer>) | null;
}

/** Returns the stacks of users, prepared for damage. */
export async function fragileStacks(): Promise<readonly FragileStack[]> {
  const [s3, postgres] = await Promise.all([sharedS3(), sharedPostgres()]);
  return [
    {
      name: "files + SQLite",
      isRemote: false,
      start: async (settings = {}) => {
        await using stack = new AsyncDisposableStack();
        const { path } = stack.use(await testFolder());
        return await startWith(stack, storedInFolder(join(path, "fs")), async () =>
          startServer({ settings, dataDir: path }),
        );
      },
    },
    {
      name: "S3 + Postgres",
      isRemote: true,
      start:
        s3 &&
        postgres &&
        (async (settings = {}) => {
          await using stack = new AsyncDisposableStack();
          const { url } = stack.use(await postgres.freshDatabase());
          const address = await s3.freshBucket();
          const all = { ...settings, ...bucketSettings(address), PROGIMAGE_DATABASE_URL: url };
          return await startWith(stack, storedInBucket(new Bucket(address)), async () =>
            startServer({ settings: all }),
          );
        }),
    },
  ];
}

async function startWith(
  stack: AsyncDisposableStack,
  stored: StoredBytes,
  start: () => Promise<TestServer>,
): Promise<FragileServer> {
  let server = await start();
  stack.defer(async () => await server[Symbol.asyncDispose]());
  const kept = stack.move();
  return {
    get server() {
      return server;
    },
    stored,
    restart: async () => {
      await server[Symbol.asyncDispose]();
      return (server = await start());
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function storedInFolder(folder: string): StoredBytes {
  return {
    find: async (part, text) =>
      (await filesBelow(join(folder, part)))
        .filter((path) => path.includes(text) && !path.startsWith("incoming"))
        .map((path) => join(folder, part, path)),
    read: (path) => Bun.file(path).bytes(),
    write: async (path, bytes) => void (await Bun.write(path, bytes)),
    remove: (path) => Bun.file(path).delete(),
  };
}

function storedInBucket(bucket: Bucket): StoredBytes {
  return {
    find: async (part, text) =>
      (await Array.fromAsync(bucket.list(`${part}/`)))
        .map(({ key }) => key)
        .filter((key) => key.includes(text)),
    read: async (path) => await new Response((await bucket.read(path, { use: "read" }))?.body).bytes(),
    write: async (path, bytes) => {
      await using folder = await testFolder();
      const file = join(folder.path, "object");
      await Bun.write(file, bytes);
      await bucket.put(path, file, { use: "write" });
    },
    remove: (path) => bucket.remove(path, "write"),
  };
}
