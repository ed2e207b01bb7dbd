/** Any JSON object of the document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** An operation in the form of the routes. */
export interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly Parameter[];
  readonly security?: readonly JsonObject[];
  readonly requestBody?: { readonly content?: JsonObject };
  readonly responses?: Readonly<Record<string, ResponseObject>>;
}

/** A parameter of an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly schema?: JsonObject;
}

/** An answer of an operation. */
export interface ResponseObject {
  readonly description: string;
  readonly headers?: JsonObject;
  readonly content?: JsonObject;
}

/** The operations of a path, by method. */
export type PathItem = Readonly<Record<string, Operation>>;

/** An operation and its place in the document. */
export interface PlacedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

/** The document in the form of the plugin. */
export interface OpenApiDocument {
  readonly info: JsonObject;
  readonly tags: readonly JsonObject[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: JsonObject };
}

/** Whether an operation has a parameter or a header of the given name. */
export function takes({ parameters = [] }: Operation, name: string): boolean {
  return parameters.some((parameter) => parameter.name === name);
}

/** Whether a body has a media type with the given prefix. */
export function hasType(content: JsonObject | undefined, start: string): boolean {
  return Object.keys(content ?? {}).some((type) => type.startsWith(start));
}
