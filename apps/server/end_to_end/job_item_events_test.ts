import { describe, expect, test } from "bun:test";
import { type JobItem, type ProgImage, recipe } from "@progimage/client";
import { sharedPostgres, testFolder } from "@progimage/core/testing";
import { uploadPictures } from "./testing_jobs.ts";
import { startServer, type TestServer } from "./testing_server.ts";
import { findStacks } from "./testing_stacks.ts";

const IMAGES = 30;
const MISSING = "01890000-0000-7000-8000-000000000000";

interface Event {
  readonly id: string;
  readonly name: string;
  readonly data: JobItem & { readonly status: string };
}

/** Begins a job that takes a while, with a missing image in the middle. */
async function begin(server: TestServer, side: number) {
  const ids = await uploadPictures(server, IMAGES, 160);
  return await server.client.jobs.create({
    select: { ids: ids.with(IMAGES / 2, MISSING) },
    outputs: [recipe().resize({ width: side }).avif()],
    deliver: "images",
  });
}

async function* follow({ url }: TestServer, id: string, seen?: string): AsyncGenerator<Event, void> {
  const controller = new AbortController();
  const headers = seen === undefined ? undefined : { "last-event-id": seen };
  const { signal } = controller;
  try {
    const { body, status } = await fetch(`${url}/jobs/${id}/events?items=true`, { headers, signal });
    expect(status).toBe(200);
    let text = "";
    for await (const chunk of body ?? []) {
      text += new TextDecoder().decode(chunk);
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const [, eventId = "", name = "", data = ""] =
          /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
        if (eventId !== "") yield { id: eventId, name, data: JSON.parse(data) };
      }
    }
  } finally {
    controller.abort();
  }
}

/** Follows a job, and breaks the connection after every few items. Another server answers each time. */
async function followInParts(servers: readonly TestServer[], id: string): Promise<readonly Event[]> {
  const all: Event[] = [];
  for (let part = 0; all.at(-1)?.name !== "end"; part++) {
    let items = 0;
    for await (const event of follow(servers[part % servers.length] as TestServer, id, all.at(-1)?.id)) {
      all.push(event);
      if (event.name === "item" && ++items === 7) break;
    }
  }
  return all;
}

async function expectWhole(client: ProgImage, id: string, events: readonly Event[]): Promise<void> {
  const items = events.filter(({ name }) => name === "item").map(({ data }) => data as JobItem);
  const byPlace = items.toSorted((one, other) => one.index - other.index);
  expect(withoutHosts(byPlace)).toEqual(withoutHosts(await Array.fromAsync(client.jobs.items(id))));
  expect(items.map(({ status }) => status).filter((status) => status !== "succeeded")).toEqual(["failed"]);
  expect(events.at(-1)).toMatchObject({
    id: `1.${IMAGES}.end;${IMAGES}`,
    name: "end",
    data: { status: "partially_failed" },
  });
}

/** The nodes of a test have different ports. */
function withoutHosts(items: readonly JobItem[]): unknown {
  return JSON.parse(JSON.stringify(items).replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, ""));
}

for (const { name, start } of await findStacks()) {
  describe.skipIf(!start)(`GET /jobs/{id}/events?items=true on ${name}`, () => {
    test("sends each item once while the job goes on, over broken connections, and then the end", async () => {
      if (!start) throw new Error(`Cannot start a server on ${name}: it is not here`);
      await using stack = await start({ PROGIMAGE_JOB_ITEMS_AT_A_TIME: "3" });
      const { server } = stack;
      const { id } = await begin(server, 100);
      const live = await Array.fromAsync(follow(server, id));
      await expectWhole(server.client, id, live);
      const firstItem = live.findIndex((event) => event.name === "item");
      expect(live.slice(firstItem).some((event) => event.name === "progress")).toBe(true);
      const { id: second } = await begin(server, 101);
      await expectWhole(server.client, second, await followInParts([server], second));
      const afterwards = await Array.fromAsync(follow(server, id));
      expect(afterwards.map((event) => event.name)).toEqual([...Array(IMAGES).fill("item"), "end"]);
      const last = afterwards.at(-1)?.id ?? "";
      const statusOf = async (seen: string, query = "?items=true") => {
        const headers = { "last-event-id": seen };
        const response = await fetch(`${server.url}/jobs/${id}/events${query}`, { headers });
        await response.body?.cancel();
        return response.status;
      };
      expect([await statusOf(last), await statusOf(last, ""), await statusOf(`1.${IMAGES}.end`)]).toEqual([
        204, 204, 200,
      ]);
      for (const query of ["?items=1", "?item=true", "?items"]) expect(await statusOf("", query)).toBe(400);
    });
  });
}

const postgres = await sharedPostgres();

test.skipIf(!postgres)(
  "GET /jobs/{id}/events?items=true goes on at another node",
  async () => {
    if (!postgres) return;
    await using folder = await testFolder();
    await using database = await postgres.freshDatabase();
    const settings = { PROGIMAGE_DATABASE_URL: database.url, PROGIMAGE_JOB_ITEMS_AT_A_TIME: "2" };
    const options = { dataDir: folder.path, settings };
    await using one = await startServer(options);
    await using other = await startServer(options);
    const { id } = await begin(one, 102);
    await expectWhole(one.client, id, await followInParts([one, other], id));
  },
  60_000,
);
