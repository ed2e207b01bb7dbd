/** Any JSON object of the document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** An operation as the routes describe it. */
export interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly Parameter[];
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

/** The operations of a path by their methods. */
export type PathItem = Readonly<Record<string, Operation>>;

/** An operation and where it is. */
export interface PlacedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

/** The document as the plugin writes it. */
export interface OpenApiDocument {
  readonly info: JsonObject;
  readonly tags: readonly JsonObject[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: JsonObject };
}

/** Whether an operation has a parameter or a header of this name. */
export function takes({ parameters = [] }: Operation, name: string): boolean {
  return parameters.some((parameter) => parameter.name === name);
}

/** Whether bodies or answers can have a type that begins like this. */
export function hasType(content: JsonObject | undefined, start: string): boolean {
  return Object.keys(content ?? {}).some((type) => type.startsWith(start));
}
