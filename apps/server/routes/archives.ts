import {
  IMAGE_SELECTION_KINDS,
  type ImageSelection,
  parseJsonRecipe,
  readShape,
  ReferenceFinder,
  type Recipe,
  selectionReader,
} from "@progimage/core";
import { Elysia } from "elysia";
import { requireScope } from "../access/require_scope.ts";
import { markDeprecated } from "../answer/deprecation.ts";
import { type ArchivedImage, archivedImages } from "../archive/archived_images.ts";
import type { ArchiveFile } from "../archive/archive_file.ts";
import { refuseIdempotencyKey } from "../request/idempotency_key.ts";
import type { Problem } from "../http/problem.ts";
import { receiveObjectOfIds } from "../request/receive_object.ts";
import { contextOf } from "../http/request_context.ts";
import { tarAnswer } from "../answer/tar_answer.ts";
import { zipAnswer } from "../answer/zip_answer.ts";
import type { ServerContext, SharedContext } from "../server_context.ts";
import { CONTAINER_SHAPE } from "../shape/archive_shape.ts";
import { DETAILS } from "../open_api/details.ts";
import { failedItem } from "./uploads/upload_item.ts";

/** `POST /archives`: many images in one answer, unchanged or rendered by a recipe. */
export function archiveRoutes(shared: SharedContext) {
  const readSelection = selectionReader(IMAGE_SELECTION_KINDS, shared.ports.limits);
  return new Elysia().post(
    "/archives",
    ({ request }) => sendArchive(shared.of(request), request, readSelection),
    { parse: "none", detail: DETAILS.sendArchive },
  );
}

/** Seconds that the connection may be silent between two files. */
const KEEP_ALIVE_SECONDS = 255;

/** The maximum number of listed failures. Further ones are only counted. */
const MAX_ERRORS = 10_000;

async function sendArchive(
  context: ServerContext,
  request: Request,
  readSelection: (json: unknown) => ImageSelection,
): Promise<Response> {
  refuseIdempotencyKey(request);
  requireScope(request, "images:read");
  const { config, ports } = context;
  const { container = "zip", select, ...written } = await receiveObjectOfIds(request, config);
  const kind = readShape(CONTAINER_SHAPE, container, { path: "container" });
  const selection = readSelection(select);
  const recipe = readRecipe(context, request, written);
  const leaving = new AbortController();
  const signal = AbortSignal.any([request.signal, leaving.signal]);
  const finder = new ReferenceFinder(ports, { signal });
  const held = {
    [Symbol.asyncDispose]: async () => {
      leaving.abort();
      await finder[Symbol.asyncDispose]();
    },
  };
  const atATime = config.renderProcesses + 1;
  const images = archivedImages(ports, { selection, recipe }, { finder, signal, atATime });
  const files = archiveFiles(context, request, images);
  const options = { fileName: `images.${kind}`, held };
  if (kind === "tar") return tarAnswer(request, files, options);
  return zipAnswer(request, zipEntries(files), options);
}

/** The members that belong neither to the selection nor to the archive form the recipe. */
function readRecipe(
  { ports }: Pick<ServerContext, "ports">,
  request: Request,
  written: Readonly<Record<string, unknown>>,
): Recipe | null {
  if (Object.keys(written).length === 0) return null;
  const { limits, presets, transforms } = ports;
  const onDeprecated = () => markDeprecated(request);
  const options = { maxSteps: limits.recipeSteps, onDeprecated, presets, beside: ["select", "container"] };
  const recipe = parseJsonRecipe(written, transforms, options);
  const isEmpty = recipe.steps.length === 0 && recipe.format === null && written["format"] === undefined;
  return isEmpty ? null : recipe;
}

/** Yields the files, and finally a list of the failures. */
async function* archiveFiles(
  context: ServerContext,
  request: Request,
  images: AsyncGenerator<ArchivedImage, void>,
): AsyncGenerator<ArchiveFile, void> {
  const { keepAlive } = contextOf(request);
  const errors: { readonly id: string; readonly problem: Problem }[] = [];
  let failed = 0;
  for await (const { id, result } of images) {
    keepAlive(KEEP_ALIVE_SECONDS);
    if (result.status === "fulfilled") yield result.value;
    else if (request.signal.aborted) throw result.reason;
    else if (failed++ < MAX_ERRORS)
      errors.push({ id: id.slice(0, 64), problem: failedItem(context, request, result.reason).problem });
  }
  if (failed > 0) yield errorsFile({ failed, errors });
}

function errorsFile(errors: object): ArchiveFile {
  const text = new TextEncoder().encode(`${JSON.stringify(errors, null, 2)}\n`);
  async function* content() {
    yield text;
  }
  return { name: "errors.json", bytes: text.length, modifiedAt: new Date(), content: content() };
}

async function* zipEntries(files: AsyncGenerator<ArchiveFile, void>) {
  for await (const { name, bytes, content, modifiedAt } of files)
    yield { name, input: content, size: bytes, lastModified: modifiedAt };
}
