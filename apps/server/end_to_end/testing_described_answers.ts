import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** The parts of an OpenAPI document that describe answers. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

interface Media {
  readonly schema?: Schema;
}

type Schema = { readonly [keyword: string]: unknown };

/** A path template, such as `/images/{id}.{ext}`. */
interface Route {
  readonly regexp: RegExp;
  readonly operations: Readonly<Record<string, Operation>>;
}

const COMPONENTS = "#/components/schemas/";

/** Compares answers with an OpenAPI document. Undocumented members count as faults. */
export class DescribedAnswers {
  readonly #routes: readonly Route[];
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<Schema, ValidateFunction>();

  constructor({ paths, components }: ApiDocument) {
    // Its types belong to another version.
    addFormats(this.#ajv as never);
    this.#schemas = components.schemas;
    this.#routes = Object.entries(paths)
      // Templates with fewer parameters are more specific.
      .toSorted(([first], [second]) => first.split("{").length - second.split("{").length)
      .map(([path, operations]) => ({ operations, regexp: regexpOf(path) }));
  }

  /** Returns the difference between a JSON answer and the description of its operation, or `null`. Ignores paths without an operation. */
  faultOf(
    method: string,
    path: string,
    answer: { status: number; mediaType: string; json: unknown },
  ): string | null {
    const operation = this.#routes.find(({ regexp }) => regexp.test(path))?.operations[method.toLowerCase()];
    if (!operation) return null;
    const { status, mediaType, json } = answer;
    const described = operation.responses?.[status] ?? operation.responses?.["default"];
    const schema = described?.content?.[mediaType]?.schema;
    if (!schema) return `its description has no ${status} of ${mediaType}`;
    const validate = this.#validatorOf(schema);
    return validate(json) ? null : this.#ajv.errorsText(validate.errors, { dataVar: "answer" });
  }

  #validatorOf(schema: Schema): ValidateFunction {
    const known = this.#validators.get(schema);
    if (known) return known;
    const validate = this.#ajv.compile(this.#closed(schema) as Schema);
    this.#validators.set(schema, validate);
    return validate;
  }

  /** Resolves references, and forbids additional members. */
  #closed(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#closed(each));
    if (typeof value !== "object" || value === null) return value;
    const schema = this.#resolved(value as Schema);
    const { allOf, ...rest } = schema;
    const whole = Array.isArray(allOf) ? this.#merged(rest, allOf as readonly Schema[]) : rest;
    const inner = Object.fromEntries(
      Object.entries(whole).map(([key, each]) => [key, key === "enum" ? each : this.#closed(each)]),
    );
    const isOpen = !("properties" in inner) || "additionalProperties" in inner;
    return isOpen ? inner : { ...inner, additionalProperties: false };
  }

  #resolved(schema: Schema): Schema {
    const { $ref, ...beside } = schema;
    if (typeof $ref !== "string") return schema;
    const target = this.#schemas[$ref.slice(COMPONENTS.length)];
    if (!target) throw new Error(`Cannot find ${$ref} in the document`);
    return this.#resolved({ ...target, ...beside });
  }

  /** Merges the objects of an `allOf`. */
  #merged(base: Schema, parts: readonly Schema[]): Schema {
    const all = [base, ...parts.map((part) => this.#resolved(part))].map(({ allOf, ...part }) =>
      Array.isArray(allOf) ? this.#merged(part, allOf as readonly Schema[]) : part,
    );
    const others: Schema = Object.assign({}, ...all);
    const properties: Schema = Object.assign({}, ...all.map((part) => part["properties"]));
    return {
      ...others,
      properties,
      required: all.flatMap((part) => (part["required"] as string[] | undefined) ?? []),
    };
  }
}

function regexpOf(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join("[^/.]+")}$`);
}
