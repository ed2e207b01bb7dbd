import { describe, expect, test } from "bun:test";
import { imageFixture } from "../../image/image_fixture.ts";
import { MemoryImageCatalog } from "../../image/catalog/memory_image_catalog.ts";
import { RecentImageCatalog } from "../../image/catalog/recent_image_catalog.ts";
import { MemoryTables } from "../memory_tables.ts";
import { newImageId } from "../../image/image_id.ts";
import { PostgresChangeChannel } from "./postgres_change_channel.ts";
import { sharedPostgres } from "./testing_postgres.ts";

const postgres = await sharedPostgres();

/** A channel that records what it hears. */
class Listener implements AsyncDisposable {
  readonly heard: string[] = [];
  gaps = 0;
  readonly channel: PostgresChangeChannel;

  constructor(application: string) {
    this.channel = new PostgresChangeChannel(postgres?.url() ?? "", { application });
  }

  async listen(): Promise<this> {
    await this.channel.listen({
      onChange: (ids) => this.heard.push(...(ids === "all" ? ["all"] : ids)),
      onGap: () => this.gaps++,
    });
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel[Symbol.asyncDispose]();
  }
}

async function waitUntil(isSo: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Cannot wait any longer: ${what}`);
    await Bun.sleep(5);
  }
}

describe.skipIf(!postgres)("PostgresChangeChannel", () => {
  test("tells others which images have changed, in messages that Postgres takes", async () => {
    await using one = await new Listener("one").listen();
    await using other = await new Listener("other").listen();
    const ids = Array.from({ length: 500 }, () => newImageId(Date.now()));
    one.channel.announce(ids);
    await waitUntil(() => other.heard.length >= ids.length, "500 changes are heard");
    expect(new Set(other.heard)).toEqual(new Set(ids));
    one.channel.announce("all");
    await waitUntil(() => other.heard.at(-1) === "all", "a change of all is heard");
    expect(one.heard).toEqual([]);
  });

  test("tells a burst of changes as a change of all", async () => {
    await using one = await new Listener("one").listen();
    await using other = await new Listener("other").listen();
    for (let count = 0; count < 50; count++)
      one.channel.announce(Array.from({ length: 100 }, () => newImageId(Date.now())));
    await waitUntil(() => other.heard.includes("all"), "the burst is heard");
    expect(other.heard.length).toBeLessThan(2_100);
  });

  test("hears again after its connection was lost, and reports the gap", async () => {
    await using one = await new Listener("one").listen();
    await using other = await new Listener("lost").listen();
    await postgres?.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lost'",
    );
    await waitUntil(() => other.gaps === 1, "the gap is reported");
    const id = newImageId(Date.now());
    one.channel.announce([id]);
    await waitUntil(() => other.heard.includes(id), "a change after the gap is heard");
  });

  test("ends the freshness of an image that another machine has deleted, or of all after a gap", async () => {
    const behind = new MemoryImageCatalog(new MemoryTables());
    await using channels = new AsyncDisposableStack();
    const open = async (application: string) => {
      const channel = channels.use(new PostgresChangeChannel(postgres?.url() ?? "", { application }));
      const announce = (ids: readonly string[] | "all") => channel.announce(ids);
      const catalog = new RecentImageCatalog(behind, { announce, lifetime: 600_000 });
      await channel.listen({ onChange: (ids) => catalog.hearChange(ids), onGap: () => catalog.hearGap() });
      return catalog;
    };
    const [one, other] = [await open("one"), await open("gap")];
    const [first, second] = [imageFixture(), imageFixture()];
    for (const { id } of [first, second]) {
      const image = id === first.id ? first : second;
      await one.add(image, { key: id, validUntil: Number.MAX_SAFE_INTEGER });
      await other.findToDeliver(id);
    }
    await one.remove(first.id);
    await waitUntil(() => other.recall(first.id) === null, "the deletion is heard");
    expect(other.recall(second.id)?.id).toBe(second.id);
    await postgres?.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gap'",
    );
    await waitUntil(() => other.recall(second.id) === null, "the gap is noticed");
  });
});
