/** A request to a service as the test server understood it: the response is this in place of pixels. */
export interface ReadService {
  readonly path: string;
  /** The query, in its order. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly type: string;
  /** The body, if it is JSON, or the field `recipe` of a form. */
  readonly json: Readonly<Record<string, unknown>> | null;
  /** The fields of a form, except `recipe`. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The parts of a form that are files. */
  readonly files: readonly { readonly part: string; readonly name: string; readonly bytes: number }[];
  /** The length of a body that is neither JSON nor a form, in bytes. */
  readonly bytes: number;
}

/** Reads a request to a service. */
export async function readService(request: Request): Promise<ReadService> {
  const { pathname, search } = new URL(request.url);
  const type = request.headers.get("content-type") ?? "";
  const nothing = {
    path: pathname,
    query: [...new URLSearchParams(search)],
    type: type.replace(/; boundary=.*/, ""),
    json: null,
    fields: [],
    files: [],
    bytes: 0,
  };
  if (type === "application/json") return { ...nothing, json: (await request.json()) as ReadService["json"] };
  if (!type.startsWith("multipart/form-data;"))
    return { ...nothing, bytes: (await request.arrayBuffer()).byteLength };
  const form = (await request.formData()) as unknown as Iterable<readonly [string, File | string]>;
  const fields: (readonly [string, string])[] = [];
  const files: ReadService["files"][number][] = [];
  for (const [part, value] of form) {
    if (typeof value === "string") fields.push([part, value]);
    else files.push({ part, name: value.name, bytes: value.size });
  }
  const [recipe] = fields.filter(([name]) => name === "recipe").map(([, text]) => JSON.parse(text));
  return { ...nothing, json: recipe ?? null, fields: fields.filter(([name]) => name !== "recipe"), files };
}

/** Whether the result is stored. */
export function isSaving({ query, fields, json }: ReadService): boolean {
  return json?.["save"] !== undefined || [...query, ...fields].some(([name]) => name === "save");
}

/** Returns the media type of the result. */
export function typeOfResult({ query, fields, json }: ReadService): string {
  if (json?.["outputs"]) return "application/zip";
  const [, format] = [...query, ...fields].find(([name]) => name === "format") ?? [];
  return `image/${json?.["format"] ?? format ?? "png"}`;
}
