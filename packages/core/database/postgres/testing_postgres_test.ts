import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { sharedPostgres } from "./testing_postgres.ts";
import { until } from "../../testing/testing_until.ts";

const server = await sharedPostgres();

describe.skipIf(!server)("on PostgreSQL", () => {
  test("PostgresServer is gone with its data when the process that started it is killed", async () => {
    const program = `
      import { sharedPostgres } from ${JSON.stringify(join(import.meta.dir, "testing_postgres.ts"))};
      import { SQL } from "bun";
      const server = await sharedPostgres();
      const [{ data_directory: folder }] = await new SQL(server.url())\`SHOW data_directory\`;
      console.log(JSON.stringify({ url: server.url(), folder }));
      setInterval(() => {}, 1_000);`;
    const child = Bun.spawn([process.execPath, "--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { url, folder } = JSON.parse((await lines.read()).value ?? "");
    expect(existsSync(folder)).toBe(true);
    child.kill("SIGKILL");
    await child.exited;
    await until("the folder of the server is gone", () => !existsSync(folder));
    await using client = new SQL(url, { connectionTimeout: 1 });
    await expect(client`SELECT 1`.execute()).rejects.toThrow();
  });

  test("PostgresServer keeps what was committed when it is stopped or crashes, on the same port", async () => {
    if (!server) return;
    await using fresh = await server.freshDatabase();
    const rows = async (statement: string) => {
      await using client = new SQL(fresh.url);
      return [...(await client.unsafe(statement))];
    };
    await rows("CREATE TABLE t AS SELECT 1 AS x");
    await server.stop();
    await server.start();
    await rows("INSERT INTO t VALUES (2)");
    await server.kill();
    await server.start();
    expect(await rows("SELECT x FROM t ORDER BY x")).toEqual([{ x: 1 }, { x: 2 }]);
  });
});
