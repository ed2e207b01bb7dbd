import { ProgImageError } from "../error.ts";
import { quote } from "./names.ts";
import { readParamJson, readParamText } from "./read_param.ts";
import type { ParamValue, Step } from "./recipe.ts";
import { suggestionFor } from "./suggestion.ts";
import type { Transform } from "./transform.ts";

/** Arguments as they were written: texts of a URL, or values of JSON. */
export type WrittenArguments = ReadonlyMap<string, WrittenArgument>;

/** One argument as it was written. */
export type WrittenArgument = { readonly text: string } | { readonly json: unknown };

/**
 * Reads the arguments of one step: every default filled in, in the order of the declaration.
 *
 * @throws {ProgImageError} `unknown_parameter`, `invalid_parameter`
 */
export function readStep(transform: Transform, written: WrittenArguments): Step {
  const { name, params } = transform;
  for (const key of written.keys()) {
    if (!Object.hasOwn(params, key)) throw unknownParameter(key, transform);
  }
  const entries: [string, ParamValue][] = [];
  for (const [key, param] of Object.entries(params)) {
    const argument = written.get(key);
    if (argument !== undefined) {
      const place = { name: key, transform: name };
      entries.push([
        key,
        "text" in argument
          ? readParamText(param, argument.text, place)
          : readParamJson(param, argument.json, place),
      ]);
    } else if (param.default !== undefined) {
      entries.push([key, param.default]);
    } else if (!param.optional) {
      const message = `Cannot read "${name}" as parameter "${key}" is missing`;
      throw new ProgImageError("invalid_parameter", message, { details: { parameter: key } });
    }
  }
  const step: Step = { transform: name, params: Object.fromEntries(entries) };
  transform.check?.(step.params);
  return step;
}

function unknownParameter(key: string, { name, params }: Transform): ProgImageError {
  const known = Object.keys(params);
  const suggestion = suggestionFor(key, known);
  const hint = suggestion
    ? `: did you mean "${suggestion}"?`
    : known.length > 0
      ? `: it has ${known.join(", ")}`
      : ": it has none";
  return new ProgImageError(
    "unknown_parameter",
    `Cannot read "${name}" as it has no parameter ${quote(key)}${hint}`,
    {
      details: { parameter: key.slice(0, 40), known, ...(suggestion && { suggestion }) },
    },
  );
}
