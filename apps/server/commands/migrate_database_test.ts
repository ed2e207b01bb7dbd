import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Image } from "@progimage/client";
import { sharedPostgres, testFolder } from "@progimage/core/testing";
import { runCommand } from "../end_to_end/testing_command.ts";
import { noise } from "../end_to_end/testing_pictures.ts";
import { startServer, type TestServer } from "../end_to_end/testing_server.ts";

const postgres = await sharedPostgres();

const ROOT = join(import.meta.dir, "..", "..", "..");

test("the program names its commands, and refuses others", async () => {
  expect((await runCommand({}, "--help")).output).toContain("migrate-database");
  const { code, errors } = await runCommand({}, "migrate-databse");
  expect(code).toBe(2);
  expect(errors).toBe(
    'Cannot run "migrate-databse" as it must be a command: there is backup, fsck, keys, migrate-database, migrate-storage, tenants\n',
  );
});

test("npm start passes a command on", async () => {
  const command = ["node", "scripts/bun.mjs", "apps/server/main.ts", "migrate-database", "--help"];
  const child = Bun.spawn(command, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  expect(await textOf(child.stdout)).toContain("Usage: bun start migrate-database [--replace]");
  expect(await child.exited).toBe(0);
  const { scripts } = await Bun.file(join(ROOT, "package.json")).json();
  expect(scripts.start).toBe(command.slice(0, 3).join(" "));
});

test("migrate-database explains its requirements", async () => {
  const { code, errors } = await runCommand({}, "migrate-database");
  expect(code).toBe(2);
  expect(errors).toContain("PROGIMAGE_DATABASE_URL");
  expect((await runCommand({}, "migrate-database", "--force")).code).toBe(2);
});

describe.skipIf(!postgres)("on PostgreSQL", () => {
  if (!postgres) return;

  test("migrate-database copies while a server runs, catches up, and Postgres has the same images", async () => {
    await using folder = await testFolder();
    await using database = await postgres.freshDatabase();
    const environment = { PROGIMAGE_DATA_DIR: folder.path, PROGIMAGE_DATABASE_URL: database.url };
    const migrate = (...args: readonly string[]) => runCommand(environment, "migrate-database", ...args);
    const settings = { PROGIMAGE_RENDER_PROCESSES: "1" };
    const known = new Map<string, Uint8Array>();
    const upload = async ({ client }: TestServer, seed: number) => {
      const picture = await noise(seed);
      const { id } = await client.images.upload(picture, { name: `picture ${seed}`, tags: ["moved"] });
      known.set(id, picture);
      return id;
    };
    let listed: unknown;
    {
      await using server = await startServer({ dataDir: folder.path, settings });
      for (let seed = 0; seed < 5; seed++) await upload(server, seed);
      const first = await migrate();
      expect(first).toMatchObject({
        code: 0,
        output: expect.stringContaining("images                 5 rows"),
      });
      const id = await upload(server, 5);
      await server.client.images.update(id, { name: "changed" });
      const [gone = ""] = known.keys();
      await server.client.images.delete(gone);
      known.delete(gone);
      listed = (await server.client.images.list({ limit: 100 }).page()).items.map(withoutLinks);
    }
    const last = await migrate();
    expect(last.code).toBe(0);
    expect(last.output).toContain("Nothing has changed in SQLite meanwhile.");
    await using server = await startServer({
      dataDir: folder.path,
      settings: { ...settings, PROGIMAGE_DATABASE_URL: database.url },
    });
    expect((await server.client.images.list({ limit: 100 }).page()).items.map(withoutLinks)).toEqual(
      listed as Record<string, unknown>[],
    );
    for (const [id, picture] of known)
      expect(Buffer.compare(await (await server.client.image(id).fetch()).bytes(), picture)).toBe(0);
    const late = await migrate("--replace");
    expect(late.code).toBe(1);
    expect(late.errors).toContain("no server may use it meanwhile");
    expect([...Object.values(last), ...Object.values(late)].join()).not.toContain(
      new URL(database.url).password,
    );
  });
});

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text();
}

/** Links contain the port. */
function withoutLinks({ href: _href, infoHref: _infoHref, ...image }: Image): Record<string, unknown> {
  return image;
}
