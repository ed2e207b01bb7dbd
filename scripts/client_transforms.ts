import { join } from "node:path";
import { FORMATS, OUTPUT_FORMATS, SOURCE_FORMATS } from "../packages/core/transform/output/formats.ts";
import { isRequired, type Param } from "../packages/core/transform/contract/param.ts";
import type { TransformRegistry } from "../packages/core/transform/contract/registry.ts";
import { isOutputTransform, type Transform } from "../packages/core/transform/contract/transform.ts";

const ROOT = join(import.meta.dir, "..");
const CLIENT = "packages/client/recipe";

/** The longest line of a comment. */
const COMMENT_WIDTH = 110;

/**
 * Returns the client's types and methods for formats and for the built-in transforms, file by file. Parameters are in
 * `built_in_params.ts` and `built_in/`, methods in `built_in_methods.ts`. `bun run docs` writes them; a test fails if one is stale.
 */
export function clientFiles(registry: TransformRegistry): ReadonlyMap<string, string> {
  const plugins = groupByPlugin(registry);
  const files = new Map(
    [...plugins].map(([plugin, transforms]) => [`built_in/${plugin}.ts`, paramsFile(transforms)]),
  );
  files.set("built_in/formats.ts", formatsFile());
  files.set("built_in_params.ts", paramsFileOfAll(plugins));
  files.set("built_in_methods.ts", methodsFile(plugins));
  return new Map([...files].map(([name, text]) => [`${CLIENT}/${name}`, formatted(text)]));
}

const NOTICE = "// Generated from the transforms' declarations: bun run docs writes it.\n";

type Plugins = ReadonlyMap<string, readonly Transform[]>;

/** Groups transforms by the plugin's name after `@progimage/plugin-`. */
function groupByPlugin(registry: TransformRegistry): Plugins {
  const owners = new Map(registry.describe().map(({ name, plugin }) => [name, plugin]));
  const nameOf = ({ name }: Transform): string => owners.get(name)?.split("plugin-").at(-1) ?? "";
  return Map.groupBy(registry.list(), nameOf);
}

function paramsFile(transforms: readonly Transform[]): string {
  const interfaces = transforms.filter(takesAnything).map(paramsInterface);
  const text = interfaces.join("\n");
  return [NOTICE, importTypes(text), text].join("\n");
}

function paramsInterface(transform: Transform): string {
  const members = Object.entries(transform.params).map(
    ([name, param]) =>
      `${comment(documentationOf(param))}readonly ${name}${isRequired(param) ? "" : "?"}: ${typeOf(param)};`,
  );
  return `${comment(summaryOf(transform))}export interface ${interfaceOf(transform)} {\n${members.join("\n")}\n}\n`;
}

function formatsFile(): string {
  const union = (formats: readonly string[]) => formats.map((format) => JSON.stringify(format)).join(" | ");
  return `${NOTICE}
/** A format that ProgImage reads. */
export type SourceFormat = ${union(SOURCE_FORMATS)};

/** A format that ProgImage writes. */
export type OutputFormat = ${union(OUTPUT_FORMATS)};
`;
}

function paramsFileOfAll(plugins: Plugins): string {
  const transforms = [...plugins.values()].flat();
  const members = transforms
    .toSorted(byName)
    .map(
      (transform) =>
        `${comment(summaryOf(transform))}${transform.name}: ${takesAnything(transform) ? interfaceOf(transform) : "NoParams"};`,
    );
  const exports = [...plugins.keys()].map((plugin) => `export type * from "./built_in/${plugin}.ts";`);
  return `${NOTICE}
${importParams(plugins)}
import type { NoParams } from "./param_values.ts";

${exports.join("\n")}

/** The built-in transforms and their parameters. */
export interface BuiltInTransforms {
${members.join("\n")}
}

/** The parameters that are lengths, by their transforms. */
export const LENGTH_PARAMS: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(paramsOfKind(transforms, "length"))};

/** The parameters that are other images, by their transforms. */
export const IMAGE_PARAMS: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(paramsOfKind(transforms, "image"))};

/** The parameters whose values begin a step in a URL without their names: one parameter, or the width and height of a box. */
export const SHORTHANDS: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(shorthands(transforms))};
`;
}

function importParams(plugins: Plugins): string {
  const imports = [...plugins].map(([plugin, list]) => {
    const names = list.filter(takesAnything).map(interfaceOf);
    return `import type { ${names.join(", ")} } from "./built_in/${plugin}.ts";`;
  });
  return imports.join("\n");
}

function methodsFile(plugins: Plugins): string {
  const ofPixels = [...plugins.values()].flat().filter((transform) => !isOutputTransform(transform));
  const methods = ofPixels.toSorted(byName).map(method).join("\n\n");
  const values = ["Color", "NoParams"].filter((name) => new RegExp(`\\b${name}\\b`).test(methods));
  const imports = values.length > 0 ? `import type { ${values.join(", ")} } from "./param_values.ts";\n` : "";
  return `${NOTICE}
${importParams(plugins)}
import type { OutputFormat } from "./built_in/formats.ts";
import { named, type With } from "./named_params.ts";
${imports}import type { Transforms } from "./transforms.ts";

/** A method for each built-in transform and for each format. \`Picture\` is the type of parameters that name another image. */
export abstract class BuiltInMethods<Self, Picture> {
  /** Adds a step with any transform that {@linkcode Transforms} knows. */
  abstract apply<Name extends keyof Transforms>(name: Name, params?: With<Picture, Transforms[Name]>): Self;

  /** Sets the format of the result; \`auto\` is the best format that the request's \`Accept\` names. */
  abstract format(format: OutputFormat | "auto", params?: CompressParams): Self;

${[methods, ...OUTPUT_FORMATS.map(formatMethod)].join("\n\n")}
}
`;
}

function formatMethod(format: string): string {
  const { title } = FORMATS[format as keyof typeof FORMATS];
  return `/** Sets the format of the result to ${title}. */\n${format}(params?: CompressParams): Self { return this.format("${format}", params); }`;
}

/** Returns the method of a transform. With a shorthand, it takes that parameter first and the others after it, or all as one object. */
function method(transform: Transform): string {
  const { name, shorthand, params } = transform;
  const summary = comment(summaryOf(transform));
  if (!takesAnything(transform)) return `${summary}${name}(): Self { return this.apply("${name}"); }`;
  const hasImages = Object.values(params).some(({ kind }) => kind === "image");
  const type = hasImages ? `With<Picture, ${interfaceOf(transform)}>` : interfaceOf(transform);
  const declared = typeof shorthand === "string" ? params[shorthand] : undefined;
  const needsAny = Object.values(params).some(isRequired) || isOpenBox(transform);
  const optional = needsAny ? "" : "?";
  if (typeof shorthand !== "string" || !declared || declared.kind === "image")
    return `${summary}${name}(params${optional}: ${type}): Self { return this.apply("${name}", params); }`;
  const key = JSON.stringify(shorthand);
  const first = `${shorthand}${optional}: ${typeOf(declared)} | ${type}`;
  const isOnly = Object.keys(params).length === 1;
  const more = isOnly ? "" : `, params?: Omit<${type}, ${key}>`;
  const given = `named<${type}>(${key}, ${shorthand}${isOnly ? "" : ", params"})`;
  return `${summary}${name}(${first}${more}): Self { return this.apply("${name}", ${given}); }`;
}

/** Whether a transform needs a width or a height, although neither is required by itself. */
function isOpenBox({ shorthand, params }: Transform): boolean {
  if (typeof shorthand !== "object") return false;
  return [shorthand.width, shorthand.height].every((name) => params[name]?.default === undefined);
}

function paramsOfKind(
  transforms: readonly Transform[],
  kind: Param["kind"],
): Readonly<Record<string, readonly string[]>> {
  const entries = transforms.map(({ name, params }) => {
    return [name, Object.keys(params).filter((key) => params[key]?.kind === kind)] as const;
  });
  return Object.fromEntries(entries.filter(([, names]) => names.length > 0));
}

function shorthands(transforms: readonly Transform[]): Readonly<Record<string, readonly string[]>> {
  const entries = transforms.toSorted(byName).flatMap(({ name, shorthand }) => {
    if (shorthand === undefined) return [];
    const names = typeof shorthand === "string" ? [shorthand] : [shorthand.width, shorthand.height];
    return [[name, names] as const];
  });
  return Object.fromEntries(entries);
}

function typeOf(param: Param): string {
  switch (param.kind) {
    case "number":
    case "integer":
      return ["number", ...(param.words ?? []).map((word) => JSON.stringify(word))].join(" | ");
    case "boolean":
      return "boolean";
    case "choice":
      return param.values.map((value) => JSON.stringify(value)).join(" | ");
    case "color":
      return "Color";
    case "length":
      return "Length";
    case "text":
      return "string";
    case "image":
      return "ImageReference";
    case "point":
      return "Point";
    case "list":
      return `readonly (${typeOf(param.of)})[]`;
  }
}

function summaryOf({ summary, deprecated }: Transform): string {
  return `${summary}.${deprecated === undefined ? "" : ` @deprecated ${deprecated}`}`;
}

function documentationOf(param: Param): string {
  const { summary = "", default: initial } = param;
  const sentence = summary === "" || /[.!?]$/.test(summary) ? summary : `${summary}.`;
  const sentences = [sentence, limitsOf(param)].filter(Boolean);
  if (initial !== undefined) sentences.push(`@default {${JSON.stringify(initial)}}`);
  if (param.deprecated !== undefined) sentences.push(`@deprecated ${param.deprecated}`);
  return sentences.join(" ");
}

function limitsOf(param: Param): string {
  switch (param.kind) {
    case "text":
      return `At most ${param.maxLength ?? 1000} characters.`;
    case "length":
      return `Pixels${rangeOf(param)}, or per cent of the image.`;
    case "integer":
      return `A whole number${rangeOf(param)}.`;
    case "number":
      return asSentence(rangeOf(param));
    case "list":
      return `${param.min ? `${param.min} to` : "At most"} ${param.max}.`;
    default:
      return "";
  }
}

function rangeOf({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? "" : ` of at most ${max}`;
}

/** Returns a range as a sentence. */
function asSentence(range: string): string {
  const words = range.replace(/^ (?:of )?/, "");
  return words && `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** Returns a text as a comment. */
export function comment(text: string): string {
  if (text === "") return "";
  const safe = text.replaceAll("*/", "*\\/");
  if (safe.length <= COMMENT_WIDTH) return `/** ${safe} */\n`;
  return `/**\n${wrap(safe)
    .map((line) => ` * ${line}\n`)
    .join("")} */\n`;
}

function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  // The value of a tag stays on the tag's line.
  for (const word of text.split(/ (?!\{)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COMMENT_WIDTH)
      lines.splice(-1, 1, `${last} ${word}`);
    else lines.push(word);
  }
  return lines;
}

function importTypes(text: string): string {
  const types = [
    ["ImageReference", "../images/sources.ts"],
    ["Color", "param_values.ts"],
    ["Length", "param_values.ts"],
    ["Point", "param_values.ts"],
  ] as const;
  return types
    .filter(([name]) => new RegExp(`: (?:readonly \\()?${name}(?:\\)\\[\\])?;`).test(text))
    .map(([name, file]) => `import type { ${name} } from "../${file}";\n`)
    .join("");
}

function interfaceOf({ name }: Transform): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Params`;
}

function takesAnything({ params }: Transform): boolean {
  return Object.keys(params).length > 0;
}

function byName(one: Transform, other: Transform): number {
  return one.name < other.name ? -1 : 1;
}

/** Formats a file of the client. */
export function formatted(text: string): string {
  const { stdout, exitCode } = Bun.spawnSync(
    [process.execPath, "fmt", "--stdin-filepath=packages/client/x.ts"],
    {
      cwd: ROOT,
      stdin: Buffer.from(text),
    },
  );
  if (exitCode !== 0) throw new Error(`Cannot format what was generated:\n${text}`);
  return stdout.toString();
}
