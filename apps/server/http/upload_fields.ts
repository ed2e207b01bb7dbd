import {
  ATTRIBUTE_LIMITS,
  type ImageAttributes,
  NO_ATTRIBUTES,
  type Ports,
  ProgImageError,
  readAttributes,
} from "@progimage/core";
import { parseObject } from "./receive_object.ts";

const KNOWN = ["name", "tag", "metadata", "expires"] as const;
type FieldName = (typeof KNOWN)[number];

/** What a caller says of images on their way in, by the query or by form fields that come before a file. */
export class UploadFields {
  readonly #values = new Map<FieldName, string[]>();

  /** Reads the query of an upload. @throws {ProgImageError} `invalid_parameter` for a name that nobody knows */
  static ofQuery(query: URLSearchParams): UploadFields {
    const fields = new UploadFields();
    for (const [name, value] of query) {
      if (!fields.add(name, value)) {
        throw invalid(
          name.slice(0, 64),
          `there is no parameter of this name, only ${KNOWN.join(", ")}`,
          KNOWN,
        );
      }
    }
    return fields;
  }

  /** Takes a field; `tag` may come again. Gives whether it means anything here. */
  add(name: string, value: string): boolean {
    const known = KNOWN.find((candidate) => candidate === name);
    if (!known) return false;
    this.#values.set(known, known === "tag" ? [...(this.#values.get(known) ?? []), value] : [value]);
    return true;
  }

  /**
   * Gives the attributes of the next file. A `name` is for that file alone, everything else for those after it as well.
   *
   * @throws {ProgImageError} `invalid_parameter`
   */
  attributesFor(fileName: string, { limits, now }: Pick<Ports, "limits" | "now">): ImageAttributes {
    const name = this.#take("name") ?? cleanName(fileName);
    const metadata = this.#values.get("metadata")?.[0];
    const expires = this.#values.get("expires")?.[0];
    return {
      ...NO_ATTRIBUTES,
      ...readAttributes({
        name,
        tags: this.#values.get("tag"),
        metadata:
          metadata === undefined
            ? undefined
            : parseObject(metadata, "metadata", { maxDepth: limits.jsonDepth }),
        expiresAt: expires === undefined ? undefined : expiryTime(expires, now()),
      }),
    };
  }

  /** Refuses a `name` where each of many images has its own. @throws {ProgImageError} `invalid_parameter` */
  refuseName(): void {
    if (!this.#values.has("name")) return;
    throw invalid("name", "the images of an archive are called as they are there", [
      "tag",
      "metadata",
      "expires",
    ]);
  }

  #take(name: FieldName): string | undefined {
    const value = this.#values.get(name)?.[0];
    this.#values.delete(name);
    return value;
  }
}

/** Gives the time at which something expires, from that or from seconds from now. */
export function expiryTime(text: string, now: number): string {
  if (!/^\d{1,10}$/.test(text)) return text;
  return new Date(now + Number(text) * 1000).toISOString();
}

/** Names of files are whatever a client's disk allows: what we cannot keep is left out. */
export function cleanName(fileName: string): string {
  // Browsers write a quote like this. @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
  const unquoted = fileName.replaceAll("%22", '"');
  const printable = unquoted.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, "");
  return printable.slice(0, ATTRIBUTE_LIMITS.nameCharacters).toWellFormed();
}

function invalid(parameter: string, reason: string, known: readonly string[]): ProgImageError {
  return new ProgImageError(
    "invalid_parameter",
    `Cannot read parameter ${JSON.stringify(parameter)}: ${reason}`,
    {
      details: { parameter, known },
    },
  );
}
