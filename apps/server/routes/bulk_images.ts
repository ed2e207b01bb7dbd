import {
  eraseImages,
  findImages,
  type Image,
  type ImageSelection,
  ProgImageError,
  purgeSelection,
  removeImages,
  restoreImages,
  type SelectedImage,
  updateImages,
} from "@progimage/core";
import { refuseIdempotencyKey } from "../http/idempotency_key.ts";
import { imageJson } from "../http/image_json.ts";
import { readSelection, SELECTION_NAMES } from "../http/image_selection.ts";
import { prefersLines, streamItems } from "../http/item_stream.ts";
import { receiveObjectOfIds } from "../http/receive_object.ts";
import type { ServerContext } from "../server_context.ts";
import { failedItem } from "./upload_item.ts";

const ACTIONS = ["info", "update", "delete", "restore", "erase", "purge"] as const;
type Action = (typeof ACTIONS)[number];

/** `POST /images/bulk`: does something with many images, and answers what became of each, in their order. */
export function bulkImagesRoute(context: ServerContext) {
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    refuseIdempotencyKey(request);
    const { action, patch, ...json } = await receiveObjectOfIds(request, context.config);
    const wanted = readAction(action);
    const unknown = Object.keys(json).find((name) => !SELECTION_NAMES.includes(name));
    if (unknown !== undefined) throw invalid(unknown.slice(0, 64), "nothing of this name is known here");
    const selection = readSelection(json, context.config);
    const items = bulkItems(context, request, {
      action: wanted,
      selection,
      patch: readPatch(wanted, patch, selection),
    });
    return await streamItems(request, items, { asLines: prefersLines(request) });
  };
}

interface BulkWish {
  readonly action: Action;
  readonly selection: ImageSelection;
  readonly patch: Readonly<Record<string, unknown>>;
}

async function* bulkItems(
  context: ServerContext,
  request: Request,
  { action, selection, patch }: BulkWish,
): AsyncGenerator<object, void> {
  const { ports } = context;
  const deletedGrace = context.config.deletedGraceMs;
  const shown = (image: Image) => ({ image: imageJson(image, context) });
  const itemOf = <T>({ id, result }: SelectedImage<T>, status: number, show: (value: T) => object) =>
    result.status === "fulfilled"
      ? { status, id, ...show(result.value) }
      : { id: id.slice(0, 64), ...failedItem(context, request, result.reason) };
  switch (action) {
    case "info":
      for await (const each of findImages(ports, selection)) yield itemOf(each, 200, shown);
      break;
    case "update":
      for await (const each of updateImages(ports, selection, patch)) yield itemOf(each, 200, shown);
      break;
    case "delete":
      for await (const each of removeImages(ports, selection)) yield itemOf(each, 204, () => ({}));
      break;
    case "restore":
      if (!("ids" in selection)) throw restoresOnlyIds();
      for await (const each of restoreImages(ports, selection.ids, { deletedGrace }))
        yield itemOf(each, 200, shown);
      break;
    case "erase":
      for await (const each of eraseImages(ports, selection)) yield itemOf(each, 204, () => ({}));
      break;
    case "purge":
      for await (const each of purgeSelection(ports, selection)) yield itemOf(each, 200, shown);
  }
}

function readAction(value: unknown): Action {
  const action = ACTIONS.find((known) => known === value);
  if (action) return action;
  throw invalid("action", `it must be one of ${ACTIONS.join(", ")}`, ACTIONS);
}

function readPatch(action: Action, patch: unknown, selection: ImageSelection): BulkWish["patch"] {
  const isObject = typeof patch === "object" && patch !== null && !Array.isArray(patch);
  if (action !== "update") {
    if (patch === undefined) return {};
    throw invalid("patch", "only an update has one");
  }
  if (!isObject) throw invalid("patch", "it must be a JSON object, as for PATCH /images/{id}");
  // Whoever changes the order while walking along it may meet the same images again.
  if ("name" in patch && "filter" in selection && selection.filter.namePrefix !== undefined)
    throw invalid("patch", "it cannot change names while images are selected by their names");
  return patch as BulkWish["patch"];
}

function restoresOnlyIds(): ProgImageError {
  const message =
    "Cannot restore images by a filter, nor all of them: name them by ids, which GET /images/deleted lists";
  return new ProgImageError("invalid_request", message, { details: { known: ["ids"] } });
}

function invalid(parameter: string, reason: string, known?: readonly string[]): ProgImageError {
  const message = `Cannot read ${JSON.stringify(parameter)}: ${reason}`;
  return new ProgImageError("invalid_parameter", message, { details: { parameter, known } });
}
