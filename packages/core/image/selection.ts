import { type TObject, type TSchema, Type } from "@sinclair/typebox";
import { ProgImageError } from "../error.ts";
import type { Limits } from "../limits.ts";
import { checkListQuery, orderOf } from "../verbs/image/list_images.ts";
import { pathOf, readShape } from "../shape/read_shape.ts";
import { namedShape, oneOfShape, shownShape } from "../shape/shape.ts";
import type { ImageFilter } from "./image_filter.ts";
import { readImageId } from "./image_id.ts";
import { IMAGE_FILTER_SHAPE, type ImageFilterJson, imageFilterOf, listShapes } from "./list_shapes.ts";

/** The kinds of selections, with their values. */
export interface Selections {
  readonly ids: { readonly ids: readonly string[] };
  readonly filter: { readonly filter: ImageFilter };
  readonly all: { readonly all: true };
  /** Images at URLs. */
  readonly urls: { readonly urls: readonly string[] };
  /** Files of the operator's exchange. */
  readonly exchange: { readonly exchange: ExchangeSelection };
}

/** A kind of selection. */
export type SelectionKind = keyof Selections;

/** A selection of images for a request. */
export type Selection<Kind extends SelectionKind = SelectionKind> = Selections[Kind];

/** A selection of files in the exchange: those with a prefix, or all. */
export type ExchangeSelection = { readonly prefix: string } | { readonly all: true };

const ALL = Type.Literal(true, { description: "All of them" });

/** The kinds of selections for images of the repository. */
export const IMAGE_SELECTION_KINDS = ["ids", "filter", "all"] as const;

const SHAPES: Readonly<Record<SelectionKind, (limits: Partial<SelectionLimits>) => TSchema>> = {
  ids: ({ selectionItems: maxItems }) => listShape({ maxItems, description: "Ids of images" }),
  urls: ({ selectionItems: maxItems }) => listShape({ maxItems, description: "Images that lie elsewhere" }),
  filter: ({ metadataKeys }) => (metadataKeys ? listShapes(metadataKeys).filter : SHOWN_FILTER),
  all: () => ALL,
  exchange: () => ({
    ...oneOfShape({ prefix: Type.String({ minLength: 1 }), all: ALL }),
    description:
      "Files of the exchange whose names begin with a prefix, or all of them. A prefix has parts with slashes between them, none of which is empty or begins with a point",
  }),
};

/** The filter in documents; only servers know the keys of metadata. */
const SHOWN_FILTER = namedShape("ImageFilter", {
  ...IMAGE_FILTER_SHAPE,
  minProperties: 1,
  description: "The filters of a list, in the combinations that it has",
});

function listShape({ maxItems, description }: { readonly maxItems?: number; readonly description: string }) {
  const limit = maxItems === undefined ? {} : { maxItems };
  return Type.Array(Type.String(), { minItems: 1, ...limit, description });
}

/** The limits that apply to a selection. */
export type SelectionLimits = Pick<Limits, "metadataKeys" | "selectionItems">;

/**
 * Parses a selection from the JSON at a path of the request.
 *
 * @throws {ProgImageError} `invalid_parameter`, also for an empty selection, which must not mean all images; `unknown_parameter` for other
 * kinds; `conflicting_parameters` for two of them
 */
export type SelectionReader<Kind extends SelectionKind> = (json: unknown, path?: string) => Selection<Kind>;

/** Returns the shape of a selection of these kinds for documents. {@linkcode selectionReader} parses it. */
export function shownSelection(name: string, kinds: readonly SelectionKind[]) {
  const description = "Which images are meant: exactly one of these";
  return shownShape({ ...selectionShape(kinds), $id: name, description });
}

/** Returns the shape of selections of these kinds. */
function selectionShape(kinds: readonly SelectionKind[], limits: Partial<SelectionLimits> = {}): TObject {
  const shapes = kinds.map((kind) => [kind, SHAPES[kind](limits)] as const);
  return oneOfShape(Object.fromEntries(shapes));
}

/** Returns a function that parses selections of these kinds and rejects others. */
export function selectionReader<Kind extends SelectionKind>(
  kinds: readonly Kind[],
  limits: SelectionLimits,
): SelectionReader<Kind> {
  const shape = selectionShape(kinds, limits);
  return (json, path = "select") => {
    refuseOtherKinds(json, kinds, path);
    const written: Readonly<Record<string, unknown>> = readShape(shape, json, { path });
    const kind = kinds.find((name) => written[name] !== undefined);
    if (kind === undefined) throw new TypeError("Cannot read a selection as there is no kind of it");
    return fromJson(kind, written[kind], pathOf(path, [kind])) as Selection<Kind>;
  };
}

function fromJson(kind: SelectionKind, json: unknown, path: string): Selection {
  if (kind === "filter") return { filter: readFilter(json as never, path) };
  if (kind === "ids") return { ids: (json as readonly string[]).map((id) => readImageId(id) ?? id) };
  return { [kind]: json } as unknown as Selection;
}

function readFilter(json: ImageFilterJson, path: string): ImageFilter {
  if (Object.keys(json).length === 0) {
    const message = `Cannot read ${path} as it must filter something, for all images say "all": true: it is empty`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter: path } });
  }
  const filter = imageFilterOf(json);
  checkListQuery({ ...filter, order: orderOf(filter), descending: false }, path);
  return filter;
}

function refuseOtherKinds(json: unknown, kinds: readonly SelectionKind[], path: string): void {
  const names = typeof json === "object" && json !== null ? Object.keys(json) : [];
  const other = names.find((name) => Object.hasOwn(SHAPES, name) && !kinds.some((kind) => kind === name));
  if (other === undefined) return;
  const message = `Cannot select by ${other} here: this request takes ${kinds.join(", ")}`;
  throw new ProgImageError("unknown_parameter", message, {
    details: { parameter: pathOf(path, [other]), known: kinds },
  });
}
