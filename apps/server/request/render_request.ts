import {
  type ErrorCode,
  isProgImageError,
  type OutputFormat,
  parseJsonRecipe,
  parseUrlRecipe,
  type Ports,
  ProgImageError,
  readAttributes,
  readFormat,
  readImageReference,
  OUTPUT_REQUEST_SHAPE,
  readPart,
  readShape,
  type Recipe,
  readQuery,
  type ReadRecipeOptions,
  readStep,
  type SaidAttributes,
  type Step,
  type WrittenArgument,
} from "@progimage/core";
import { Type } from "@sinclair/typebox";
import { RENDER_REQUEST_SHAPE } from "../shape/render_shape.ts";
import { parseObject } from "./receive_object.ts";

/** One requested result. */
export interface OutputRequest {
  /** Its name in an archive, without extension; `null` if there is only one, or none was given. */
  readonly name: string | null;
  readonly steps: readonly Step[];
  /** `null` lets the `Accept` header or the source decide. */
  readonly format: OutputFormat | null;
}

/** A request to process images. */
export interface RenderRequest {
  /** Ids and URLs of images to process, besides those in the body. */
  readonly sources: readonly string[];
  readonly outputs: readonly OutputRequest[];
  /** Whether the request has a list of results, even of one. */
  readonly isList: boolean;
  /** Whether results may be derived from a smaller copy of their source. */
  readonly reuse: boolean;
  /** The attributes for storing the results as images; `null` returns their bytes. */
  readonly save: SaidAttributes | null;
}

/** The written form of a request to process images: a query, the fields of a form, or JSON. */
export interface WrittenRequest {
  /** The raw query. */
  readonly query: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly json: Readonly<Record<string, unknown>> | null;
}

/** The parts of a server that reading a recipe needs. */
export type RecipeReaders = Pick<Ports, "limits" | "presets" | "transforms"> &
  Pick<ReadRecipeOptions, "onDeprecated">;

/** The query parameters of the request, which are no part of the recipe. */
const REQUEST_NAMES: readonly string[] = ["source", "save"];

/**
 * Reads a request to `POST /transforms/{calledAs}`: the transform's parameters by their plain names, and `source`, `save`, `format`.
 *
 * @throws {ProgImageError} `invalid_request`, `invalid_parameter`
 */
export function readTransformRequest(
  calledAs: string,
  { query, fields, json }: WrittenRequest,
  readers: Pick<RecipeReaders, "onDeprecated" | "transforms">,
): RenderRequest {
  const written = new Map<string, WrittenArgument>();
  const own = new Map<string, unknown>();
  const put = (name: string, argument: WrittenArgument) => {
    const isOwn = name === "source" || name === "save" || name === "format";
    if (isOwn ? own.has(name) : written.has(name)) throw conflicting(name, "it is given twice");
    if (isOwn) own.set(name, "text" in argument ? argument.text : argument.json);
    else written.set(name, argument);
  };
  for (const [name, text] of [...readQuery(query), ...fields]) put(name, { text });
  for (const [name, value] of Object.entries(json ?? {}))
    if (value !== null && value !== undefined) put(name, { json: value });
  const { onDeprecated, transforms } = readers;
  const step = readStep(transforms.get(calledAs), written, { calledAs, onDeprecated });
  const format = own.has("format") ? readFormat(own.get("format")) : null;
  return {
    sources: own.has("source") ? [readSource(own.get("source"))] : [],
    outputs: [{ name: null, steps: [step], format }],
    isList: false,
    reuse: false,
    save: readSave(own.get("save")),
  };
}

/**
 * Reads a request to `POST /render`: a recipe in the query, or as JSON in the body or in the field `recipe` of a form.
 *
 * @throws {ProgImageError} `invalid_request`, `invalid_parameter`, `unknown_transform`
 */
export function readRenderRequest(readers: RecipeReaders, written: WrittenRequest): RenderRequest {
  const { query, fields } = written;
  const [unknown] = fields.find(([name]) => name !== "recipe" && !REQUEST_NAMES.includes(name)) ?? [];
  if (unknown !== undefined)
    throw refused(
      "unknown_parameter",
      unknown,
      `a form has the fields recipe, ${REQUEST_NAMES.join(", ")}, and files`,
    );
  const recipes = fields.filter(([name]) => name === "recipe");
  if (recipes.length > 1) throw conflicting("recipe", "it is given twice");
  const [recipe] = recipes;
  const json = recipe ? readRecipeField(readers, recipe[1]) : written.json;
  const pairs = [...readQuery(query), ...fields].filter(([name]) => REQUEST_NAMES.includes(name));
  const byQuery = parseUrlRecipe(query, readers.transforms, { ...optionsOf(readers), ignore: REQUEST_NAMES });
  const valuesOf = (wanted: string) => pairs.filter(([name]) => name === wanted).map(([, value]) => value);
  const [save, again] = valuesOf("save");
  if (again !== undefined) throw conflicting("save", "it is given twice");
  const sources = valuesOf("source").map(readSource);
  if (json === null) {
    const outputs = [{ name: null, ...byQuery }];
    return { sources, outputs, isList: false, reuse: false, save: readSave(save) };
  }
  if (byQuery.steps.length > 0 || byQuery.format)
    throw new ProgImageError(
      "conflicting_parameters",
      "Cannot read recipe as it must be in the query or in JSON: it is in both",
    );
  if (save !== undefined && (json["save"] ?? null) !== null) throw conflicting("save", "it is given twice");
  const request = readJsonRequest(readers, save === undefined ? json : { ...json, save });
  return { ...request, sources: [...sources, ...request.sources] };
}

/** Returns the recipe of a form field: in URL syntax, or as the JSON of a request. */
function readRecipeField({ limits }: RecipeReaders, text: string): Readonly<Record<string, unknown>> {
  if (!text.trimStart().startsWith("{")) return { recipe: text };
  return parseObject(text, 'field "recipe"', { maxDepth: limits.jsonDepth });
}

function readJsonRequest(readers: RecipeReaders, json: Readonly<Record<string, unknown>>): RenderRequest {
  const { source, sources, outputs, reuse, save, ...recipe } = readShape(RENDER_REQUEST_SHAPE, json);
  if (source !== undefined && sources !== undefined)
    throw conflicting("sources", 'there is "source" as well');
  const isList = outputs !== undefined;
  if (Array.isArray(outputs) && outputs.length === 0) throw invalid("outputs", "it must have at least one");
  const [ofOne] = isList ? Object.keys(recipe) : [];
  if (ofOne !== undefined) throw conflicting(ofOne, 'with "outputs" it must be in one of them');
  return {
    sources: (sources ?? (source === undefined ? [] : [source])).map(readSource),
    outputs: isList
      ? readOutputs(readers, outputs)
      : [{ name: null, ...parseJsonRecipe(recipe, readers.transforms, optionsOf(readers)) }],
    isList: isList || sources !== undefined,
    reuse: reuse ?? false,
    save: readSave(save),
  };
}

const OUTPUTS_SHAPE = Type.Array(OUTPUT_REQUEST_SHAPE);

/**
 * Reads the requested results: recipes with names of their own.
 *
 * @throws {ProgImageError} `invalid_request`, `invalid_parameter`, `unknown_parameter`, `conflicting_parameters`, `unknown_transform`
 */
export function readOutputs(readers: RecipeReaders, json: unknown): readonly OutputRequest[] {
  const written = readShape(OUTPUTS_SHAPE, json, { path: "outputs" });
  const outputs = written.map(({ name = null, ...recipe }, index) =>
    readPart(`outputs/${index}`, () => ({ name, ...readOutput(readers, recipe, index) })),
  );
  const names = outputs.flatMap(({ name }) => name ?? []);
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated !== undefined) throw invalid("outputs", `two are called ${JSON.stringify(repeated)}`);
  return outputs;
}

function readOutput(readers: RecipeReaders, recipe: object, index: number): Recipe {
  try {
    return parseJsonRecipe(recipe, readers.transforms, optionsOf(readers));
  } catch (error) {
    if (!isProgImageError(error)) throw error;
    const { code, details, message } = error;
    throw new ProgImageError(code, `Cannot read output ${index + 1}: ${message}`, { details });
  }
}

function optionsOf({ limits, onDeprecated, presets }: RecipeReaders) {
  return { maxSteps: limits.recipeSteps, onDeprecated, presets };
}

function readSource(value: unknown): string {
  const reference = typeof value === "string" ? readImageReference(value) : null;
  if (reference === null || reference.startsWith("@"))
    throw invalid("source", "it must be the id of an image, or an http or https URL");
  return reference;
}

function readSave(value: unknown): SaidAttributes | null {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return readAttributes(value, { path: "save" });
  return readFlag("save", value) ? {} : null;
}

/** In a query, a name without a value is true. */
function readFlag(name: string, value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "false") return false;
  if (value === true || value === "true" || value === "") return true;
  throw invalid(name, "it must be true or false");
}

function invalid(parameter: string, reason: string): ProgImageError {
  return refused("invalid_parameter", parameter, reason);
}

function conflicting(parameter: string, reason: string): ProgImageError {
  return refused("conflicting_parameters", parameter, reason);
}

function refused(code: ErrorCode, parameter: string, reason: string): ProgImageError {
  const name = parameter.slice(0, 64);
  return new ProgImageError(code, `Cannot read ${JSON.stringify(name)}: ${reason}`, {
    details: { parameter: name },
  });
}
