import {
  eraseImages,
  findImages,
  IMAGE_SELECTION_KINDS,
  type Image,
  type ImageSelection,
  type JsonOf,
  ProgImageError,
  purgeEach,
  readShape,
  removeImages,
  restoreImages,
  type SelectedImage,
  selectionReader,
  updateImages,
} from "@progimage/core";
import { bulkScopes } from "../access/body_rights.ts";
import { requireScope } from "../access/require_scope.ts";
import { refuseIdempotencyKey } from "../request/idempotency_key.ts";
import { imageJson } from "../answer/image_json.ts";
import { prefersLines, streamItems } from "../answer/item_stream.ts";
import { receiveObjectOfIds } from "../request/receive_object.ts";
import type { ServerContext, SharedContext } from "../server_context.ts";
import { type BULK_ACTIONS, type BULK_ITEM_SHAPE, BULK_REQUEST_SHAPE } from "../shape/bulk_shape.ts";
import { failedItem } from "./uploads/upload_item.ts";

type BulkItem = JsonOf<typeof BULK_ITEM_SHAPE>;
type Action = (typeof BULK_ACTIONS)[number];

/** `POST /images/bulk`: applies an action to many images, and answers with the outcome for each, in order. */
export function bulkImagesRoute(shared: SharedContext) {
  const { config } = shared;
  const readSelection = selectionReader(IMAGE_SELECTION_KINDS, shared.ports.limits);
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    refuseIdempotencyKey(request);
    const { action, select, patch } = readShape(
      BULK_REQUEST_SHAPE,
      await receiveObjectOfIds(request, config),
    );
    const selection = readSelection(select);
    requireScope(request, ...bulkScopes(action, selection));
    const wish = { action, selection, patch: readPatch(action, patch, selection) };
    const items = bulkItems(shared.of(request), request, wish);
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
): AsyncGenerator<BulkItem, void> {
  const { ports } = context;
  const deletedGrace = context.config.deletedGraceMs;
  const shown = (image: Image) => ({ image: imageJson(image, context) });
  const itemOf = <T>(
    { id, result }: SelectedImage<T>,
    status: number,
    show: (value: T) => object,
  ): BulkItem => {
    if (result.status === "fulfilled") return { status, id, ...show(result.value) };
    const { problem } = failedItem(context, request, result.reason);
    return { status: problem.status, id: id.slice(0, 64), problem };
  };
  switch (action) {
    case "describe":
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
      for await (const each of purgeEach(ports, selection)) yield itemOf(each, 204, () => ({}));
  }
}

function readPatch(action: Action, patch: unknown, selection: ImageSelection): BulkWish["patch"] {
  const isObject = typeof patch === "object" && patch !== null && !Array.isArray(patch);
  if (action !== "update") {
    if (patch === undefined) return {};
    throw invalid("patch", "only an update has one");
  }
  if (!isObject) throw invalid("patch", "it must be a JSON object, as for PATCH /images/{id}");
  // A change of the order during the iteration could return the same images again.
  if ("name" in patch && "filter" in selection && selection.filter.namePrefix !== undefined)
    throw invalid("patch", "it cannot change names while images are selected by their names");
  return patch as BulkWish["patch"];
}

function restoresOnlyIds(): ProgImageError {
  const message =
    "Cannot restore images by a filter, nor all of them: name them by ids, which GET /images/deleted lists";
  return new ProgImageError("invalid_parameter", message, {
    details: { parameter: "select", known: ["ids"] },
  });
}

function invalid(parameter: string, reason: string): ProgImageError {
  return new ProgImageError("invalid_parameter", `Cannot read ${parameter}: ${reason}`, {
    details: { parameter },
  });
}
