import type { Static } from "@sinclair/typebox";
import { LINES_TYPE, prefersLines } from "../../answer/item_stream.ts";
import { contextOf } from "../../http/request_context.ts";
import { streamText } from "../../http/unread_text.ts";
import type { UPLOAD_BATCH_SHAPE } from "../../shape/upload_shape.ts";
import { type ShownItem, shownItems, type UploadItem } from "./upload_item.ts";

/** The numbers of images in a batch, by outcome. */
type BatchCounts = Static<typeof UPLOAD_BATCH_SHAPE>["counts"];

/** A longer answer begins before all items are settled: it has tens of thousands of items. */
const MAX_HELD_CHARACTERS = 32_000_000;

/** Seconds that the connection may be silent between two settled images. */
const KEEP_ALIVE_SECONDS = 255;

/**
 * Answers a batch with an item for each image, and the counts: 200 if all were stored, else 207. A newline-delimited answer begins with
 * the first item, before the outcome is known: it is a 207, with the counts on the last line.
 *
 * @throws {ProgImageError} for an error of the whole request
 */
export async function answerBatch(
  request: Request,
  items: AsyncGenerator<UploadItem, void>,
): Promise<Response> {
  const asLines = prefersLines(request);
  const counts: BatchCounts = { total: 0, succeeded: 0, failed: 0 };
  const counted = countItems(shownItems(items), counts);
  const texts = asLines ? batchLines(counted, counts) : batchJson(counted, counts);
  const { held, isWhole } = await hold(request, texts, asLines ? 0 : MAX_HELD_CHARACTERS);
  const allStored = isWhole && counts.failed === 0;
  return new Response(isWhole ? held.join("") : streamText(request, followed(held, texts)), {
    status: allStored ? 200 : 207,
    headers: { "content-type": asLines ? LINES_TYPE : "application/json", "cache-control": "no-store" },
  });
}

interface Held {
  readonly held: readonly string[];
  readonly isWhole: boolean;
}

/** Collects texts until there are no more, or they exceed the limit. */
async function hold(request: Request, texts: AsyncGenerator<string, void>, limit: number): Promise<Held> {
  const held: string[] = [];
  for (let characters = 0; ;) {
    const next = await texts.next();
    if (next.done) return { held, isWhole: true };
    contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
    held.push(next.value);
    characters += next.value.length;
    if (characters > limit) return { held, isWhole: false };
  }
}

async function* followed(
  held: readonly string[],
  rest: AsyncGenerator<string, void>,
): AsyncGenerator<string, void> {
  try {
    yield held.join("");
    yield* rest;
  } finally {
    await rest.return();
  }
}

async function* countItems(
  items: AsyncGenerator<ShownItem, void>,
  counts: BatchCounts,
): AsyncGenerator<ShownItem, void> {
  for await (const item of items) {
    counts.total++;
    if (item.image) counts.succeeded++;
    else counts.failed++;
    yield item;
  }
}

async function* batchLines(
  items: AsyncGenerator<ShownItem, void>,
  counts: BatchCounts,
): AsyncGenerator<string, void> {
  for await (const item of items) yield `${JSON.stringify(item)}\n`;
  yield `${JSON.stringify({ counts })}\n`;
}

async function* batchJson(
  items: AsyncGenerator<ShownItem, void>,
  counts: BatchCounts,
): AsyncGenerator<string, void> {
  let separator = '{"items":[';
  for await (const item of items) {
    yield separator + JSON.stringify(item);
    separator = ",";
  }
  yield `],"counts":${JSON.stringify(counts)}}`;
}
