import { exampleFile } from "../packages/core/transform/contract/example_file.ts";
import { type FormatFacts, FORMATS, SOURCE_FORMATS } from "../packages/core/transform/output/formats.ts";
import {
  type BoxShorthand,
  isRequired,
  type Param,
  type Params,
} from "../packages/core/transform/contract/param.ts";
import { describeParam } from "../packages/core/transform/recipe/read_param.ts";
import type { TransformRegistry } from "../packages/core/transform/contract/registry.ts";
import type { Transform } from "../packages/core/transform/contract/transform.ts";

/** The order of the plugins for a reader; others come last. */
const THEMES: Readonly<Record<string, string>> = {
  "@progimage/plugin-geometry": "Geometry",
  "@progimage/plugin-thumbnail": "Thumbnails",
  "@progimage/plugin-filters": "Filters",
  "@progimage/plugin-mask": "Masks",
  "@progimage/plugin-overlay": "Overlays",
  "@progimage/plugin-source": "Sources",
  "@progimage/plugin-compress": "Compression",
};

/** A picture of the documentation. */
export interface ExamplePicture {
  /** The path relative to docs/. */
  readonly file: string;
  /** The recipe as in a URL; empty for the original. */
  readonly query: string;
}

/** The original that every example starts from. */
export const ORIGINAL: ExamplePicture = { file: "pictures/original.webp", query: "" };

/** Returns all pictures of the documentation, the original first. */
export function examplePictures(registry: TransformRegistry): readonly ExamplePicture[] {
  return [ORIGINAL, ...registry.list().flatMap(({ examples = [] }) => examples.map(pictureOf))];
}

function pictureOf(query: string): ExamplePicture {
  return { file: `pictures/${exampleFile(query)}.webp`, query };
}

/** Returns the page docs/transforms.md. */
export function transformsPage(registry: TransformRegistry): string {
  const themes = groupByTheme(registry);
  const contents = themes.map(
    ({ title, transforms }) =>
      `- **${title}**: ${transforms.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(", ")}`,
  );
  const sections = themes.flatMap(({ title, transforms }) => [`## ${title}`, ...transforms.map(section)]);
  return [INTRODUCTION, formatsTable(), contents.join("\n"), `![The original](${ORIGINAL.file})`, ...sections]
    .join("\n\n")
    .concat("\n");
}

function formatsTable(): string {
  const mark = (is: boolean) => (is ? "yes" : "");
  const rows = SOURCE_FORMATS.map((format) => {
    const { title, mediaType, extensions, isAnimated, output }: FormatFacts = FORMATS[format];
    const written = output ? extensions.map((extension) => `\`.${extension}\``).join(", ") : "only read";
    const side = output && Number.isFinite(output.longestSide) ? String(output.longestSide) : "";
    const settings = (output?.settings ?? []).map((name) => `\`${name}\``).join(", ");
    const traits = [isAnimated, output?.hasAlpha ?? true, output?.holds16Bits ?? false].map(mark);
    return `| ${[title, `\`${mediaType}\``, written, ...traits, side, settings].join(" | ")} |`;
  });
  return [
    "## Formats",
    "Results have the format that the extension or `format` names. Formats without alpha get a white background.",
    [
      "| format | media type | written as | animation | alpha | 16 bits | longest side | `compress` takes |",
      `|${" --- |".repeat(8)}`,
      ...rows,
    ].join("\n"),
  ].join("\n\n");
}

const INTRODUCTION = `# Transforms

This page is generated from the transforms' declarations, its pictures by the transforms themselves (\`bun run docs\`). The
[gallery](gallery.html) shows them all at a glance; \`GET /transforms\` gives the same as JSON Schema.

Every transform is a step of a recipe, carried out in the order in which it is written:

\`\`\`sh
curl -o a.webp "http://127.0.0.1:3000/images/$ID.webp?thumbnail=320x240&grayscale&blur=2"
\`\`\`

and a service of its own, for images that come with the request, are stored, or lie at a URL:

\`\`\`sh
curl -o b.webp --data-binary @photo.jpg "http://127.0.0.1:3000/transforms/blur?sigma=2&format=webp"
curl -o c.webp -X POST "http://127.0.0.1:3000/transforms/blur?sigma=2&format=webp&source=$ID"
\`\`\`

In the examples \`@logo\` and \`@mask\` stand for other images. In the URL of an image write their ids instead; in a form, \`@logo\`
is the part named \`logo\`; in any \`POST\`, a URL will do as well. [api.md](api.md) has the grammar.`;

function section(transform: Transform): string {
  const { name, summary, deprecated, shorthand, params, examples = [] } = transform;
  const short =
    shorthand === undefined
      ? []
      : typeof shorthand === "string"
        ? [`\`${name}=…\` sets \`${shorthand}\`.`]
        : [boxSentence(name, shorthand, params)];
  const declared = Object.entries(params);
  return [
    `### ${name}`,
    [`${summary}.`, ...short, ...(deprecated === undefined ? [] : [`**Deprecated**: ${deprecated}.`])].join(
      " ",
    ),
    declared.length > 0
      ? [
          "| parameter | what it takes | default | |",
          "| --- | --- | --- | --- |",
          ...declared.map(([key, param]) => row(key, param)),
        ].join("\n")
      : "It takes no parameters.",
    ...(examples.length > 0 ? [pictureTable(examples.map(pictureOf))] : []),
  ].join("\n\n");
}

function boxSentence(name: string, { width, height }: BoxShorthand, params: Params): string {
  const needsBoth = isRequired(params[width]) && isRequired(params[height]);
  const forms = needsBoth ? "or a number for a square" : "`Wx` or `xH`";
  return `\`${name}=WxH\`, ${forms} sets \`${width}\` and \`${height}\`.`;
}

function row(name: string, param: Param): string {
  const initial =
    param.default === undefined ? (param.optional ? "" : "must be given") : `\`${String(param.default)}\``;
  const { summary = "", deprecated } = param;
  const told = deprecated === undefined ? summary : `${summary} (deprecated: ${deprecated})`;
  const cells = [`\`${name}\``, describeParam(param), initial, told];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function pictureTable(pictures: readonly ExamplePicture[]): string {
  const cells = (cell: (picture: ExamplePicture) => string) => `| ${pictures.map(cell).join(" | ")} |`;
  return [
    cells(({ file, query }) => `![${query}](${file})`),
    cells(() => "---"),
    cells(({ query }) => `\`${query.replaceAll("|", "\\|")}\``),
  ].join("\n");
}

/** Returns the page docs/gallery.html: every example as a picture, without external resources. */
export function galleryPage(registry: TransformRegistry): string {
  const figures = groupByTheme(registry).map(({ title, transforms }) => {
    const pictures = transforms.flatMap(({ examples = [] }) => examples.map(pictureOf)).map(figure);
    return `<h2>${title}</h2>\n<div class="grid">\n${pictures.join("\n")}\n</div>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ProgImage: every transform at a glance</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }
  body { max-width: 1280px; margin: 0 auto; padding: 1.5rem; }
  .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 1rem; align-items: end; }
  figure { margin: 0; }
  img {
    display: block; max-width: 100%; max-height: 220px; margin: 0 auto;
    background: repeating-conic-gradient(#bbb 0 25%, #eee 0 50%) 0 0 / 16px 16px;
  }
  figcaption { margin-top: .35rem; text-align: center; overflow-wrap: anywhere; }
  code { font-size: .85em; }
</style>
<h1>ProgImage: every transform at a glance</h1>
<p>The checkered ground shows where a picture is transparent. What each parameter does: <a href="transforms.md">transforms.md</a>.</p>
<div class="grid">
${figure(ORIGINAL)}
</div>
${figures.join("\n")}
</html>
`;
}

function figure({ file, query }: ExamplePicture): string {
  const caption = escapeHtml(query || "the original");
  return `<figure><img src="${file}" alt="${caption}" loading="lazy"><figcaption><code>${caption}</code></figcaption></figure>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

interface Theme {
  readonly title: string;
  readonly transforms: readonly Transform[];
}

function groupByTheme(registry: TransformRegistry): readonly Theme[] {
  const plugins = new Map(registry.describe().map(({ name, plugin }) => [name, plugin]));
  const owners = [...new Set([...Object.keys(THEMES), ...plugins.values()])];
  return owners
    .map((owner) => ({
      title: THEMES[owner] ?? owner,
      transforms: registry.list().filter(({ name }) => plugins.get(name) === owner),
    }))
    .filter(({ transforms }) => transforms.length > 0);
}
