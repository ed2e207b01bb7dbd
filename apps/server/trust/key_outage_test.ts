import { describe, expect, test } from "bun:test";
import { newKeyText, writeKeyText } from "@progimage/core";
import { sharedPostgres, until } from "@progimage/core/testing";
import { startKeyed } from "../end_to_end/testing_keys.ts";
import { noise } from "../end_to_end/testing_pictures.ts";

const postgres = await sharedPostgres();

const OUTAGE_MILLISECONDS = 6_000;

/** A silent database is given up after two seconds. */
const LONGEST_WAIT_MILLISECONDS = 3_000;

describe.skipIf(!postgres)("a server in mode keys whose PostgreSQL goes away", () => {
  if (!postgres) return;

  const outages = [
    { name: "is stopped", begin: () => postgres.stop(), end: () => postgres.start() },
    { name: "falls silent", begin: () => postgres.freeze(), end: () => postgres.thaw() },
  ];
  for (const { name, begin, end } of outages)
    test(`that ${name}: keys that it has seen go on for a bounded time, others are refused, and it never opens`, async () => {
      await using database = await postgres.freshDatabase();
      await using keyed = await startKeyed({
        settings: {
          PROGIMAGE_DATABASE_URL: database.url,
          PROGIMAGE_DATABASE_OUTAGE_MS: String(OUTAGE_MILLISECONDS),
          // It asks without a pause.
          PROGIMAGE_STRANGER_REQUESTS: "0",
        },
      });
      const path = `/images/${await keyed.upload(await noise(5))}`;
      const [seen, unseen] = [await keyed.makeKey("images:read"), await keyed.makeKey("images:read")];
      const statusWith = async (key?: string) => {
        const response = await keyed.ask(path, key === undefined ? {} : { key });
        await response.bytes();
        return response.status;
      };
      expect(await statusWith(seen.key)).toBe(200);
      await begin();
      try {
        const startedAt = performance.now();
        const unknown = writeKeyText(newKeyText());
        while (performance.now() < startedAt + OUTAGE_MILLISECONDS / 2) {
          expect(await statusWith(seen.key)).toBe(200);
          expect(await statusWith()).toBe(401);
          expect(await statusWith(unseen.key)).toBe(503);
          expect(await statusWith(unknown)).toBe(503);
        }
        await until("the known key is refused", async () => (await statusWith(seen.key)) === 503);
        expect(performance.now() - startedAt).toBeGreaterThan(OUTAGE_MILLISECONDS / 2);
      } finally {
        await end();
      }
      for (const { key } of [seen, unseen])
        await until("keys are accepted again", async () => (await statusWith(key)) === 200);
      expect(await statusWith()).toBe(401);
    });

  test("that falls silent: hosts that it has seen are answered in time, others are refused", async () => {
    await using database = await postgres.freshDatabase();
    await using keyed = await startKeyed({
      settings: { PROGIMAGE_DATABASE_URL: database.url, PROGIMAGE_STRANGER_REQUESTS: "0" },
    });
    const ask = async (host: string) => {
      const startedAt = performance.now();
      const response = await keyed.ask("/transforms", { headers: { host } });
      await response.bytes();
      return { status: response.status, milliseconds: performance.now() - startedAt };
    };
    expect(await ask("seen.localhost")).toMatchObject({ status: 200 });
    await postgres.freeze();
    try {
      const startedAt = performance.now();
      // Longer than a query waits for its answer.
      while (performance.now() < startedAt + 9_000) {
        const { status, milliseconds } = await ask("seen.localhost");
        expect(status).toBe(200);
        expect(milliseconds).toBeLessThan(LONGEST_WAIT_MILLISECONDS);
      }
      expect(await ask("unseen.localhost")).toMatchObject({ status: 503 });
    } finally {
      await postgres.thaw();
    }
    await until("other hosts are answered again", async () => (await ask("unseen.localhost")).status === 200);
  });
});
