import { ProgImageError } from "@progimage/core/plugin";

/** The arguments that may contradict each other. */
export interface ContradictingArguments {
  readonly quality: number | undefined;
  readonly target: string | undefined;
  readonly maxBytes: number | undefined;
  readonly lossless: boolean;
  readonly colors: number | undefined;
}

type Name = keyof ContradictingArguments;

/** Errors name the first of each pair. */
const CONTRADICTIONS: readonly (readonly [Name, Name])[] = [
  ["target", "quality"],
  ["target", "lossless"],
  ["maxBytes", "lossless"],
  ["colors", "lossless"],
];

/**
 * Rejects arguments that contradict each other.
 *
 * @throws {ProgImageError} `invalid_parameter`
 */
export function checkTogether(args: ContradictingArguments): void {
  const isGiven = (name: Name) => args[name] !== undefined && args[name] !== false;
  for (const [parameter, other] of CONTRADICTIONS) {
    if (!isGiven(parameter) || !isGiven(other)) continue;
    const message = `Cannot compress with "${parameter}" and "${other}" as they contradict each other: leave one of them out`;
    throw new ProgImageError("invalid_parameter", message, { details: { parameter } });
  }
}
