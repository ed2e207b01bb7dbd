import { isProgImageError, ProgImageError } from "../../error.ts";
import type { SourceImage } from "../../source/source_image.ts";
import { withParams } from "../../transform/planning/complete_steps.ts";
import type { Step } from "../../transform/recipe/recipe.ts";
import type { TransformRegistry } from "../../transform/contract/registry.ts";
import type { Transform } from "../../transform/contract/transform.ts";

/** Finds the image behind a reference: an id, a URL or the name of a part. */
export type FindReference = (reference: string) => Promise<SourceImage>;

/** Steps whose images are identified by their content instead of their location. */
export interface ResolvedImages {
  /** Each reference is replaced by the SHA-256 of the image's bytes. */
  readonly steps: readonly Step[];
  /** The images by SHA-256. */
  readonly images: Readonly<Record<string, SourceImage>>;
}

/**
 * Finds the images that steps refer to, such as masks and watermarks.
 *
 * @throws {ProgImageError} any error of the finder, with the parameter's name
 */
export async function resolveImages(
  steps: readonly Step[],
  registry: TransformRegistry,
  find: FindReference,
): Promise<ResolvedImages> {
  const images: Record<string, SourceImage> = {};
  if (!steps.some(({ transform }) => takesImages(registry.get(transform)))) return { steps, images };
  const resolved = steps.map(async (step) => {
    const { params } = registry.get(step.transform);
    const names = Object.keys(params).filter(
      (name) => params[name]?.kind === "image" && step.params[name] !== undefined,
    );
    if (names.length === 0) return step;
    const digests = names.map(async (name) => {
      const image = await findFor(step, name, find);
      images[image.sha256] = image;
      return [name, image.sha256] as const;
    });
    return withParams(step, Object.fromEntries(await Promise.all(digests)), Object.keys(params));
  });
  return { steps: await Promise.all(resolved), images };
}

function takesImages({ params }: Transform): boolean {
  return Object.values(params).some(({ kind }) => kind === "image");
}

async function findFor({ transform, params }: Step, name: string, find: FindReference): Promise<SourceImage> {
  try {
    return await find(String(params[name]));
  } catch (error) {
    if (!isProgImageError(error)) throw error;
    // A missing mask must not look like a missing page.
    const code = error.code === "image_not_found" ? "invalid_parameter" : error.code;
    const message = `Cannot use parameter "${name}" of "${transform}": ${error.message}`;
    throw new ProgImageError(code, message, { cause: error, details: { ...error.details, parameter: name } });
  }
}
