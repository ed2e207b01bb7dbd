import {
  ATTRIBUTE_LIMITS,
  ATTRIBUTES_SHAPE,
  type Ports,
  ProgImageError,
  readAttributes,
  readShape,
  SHARED_ATTRIBUTES_SHAPE,
  type SaidAttributes,
  type SaidSharedAttributes,
} from "@progimage/core";
import { Refusal } from "../http/refusal.ts";
import { EXPIRES, readExpires } from "./expires_alias.ts";
import { jsonOfTexts } from "./json_of_texts.ts";

/** The attributes that a form with an upload token may have, unless the token has them. */
const FREE: readonly string[] = ["focalPoint", "name"];

/** An attribute in its written form. */
interface Written {
  /** The name that the caller used. */
  readonly spelling: string;
  readonly texts: readonly string[];
}

/** Names in queries and forms besides those of the attributes. */
const ALIASES: Readonly<Record<string, string>> = { tag: "tags", [EXPIRES]: "expiresAt" };

/** The attributes of uploaded images, from a query or the fields of a form. */
export class UploadFields {
  readonly #request: Request;
  /** By attribute: both forms of an expiry count as one. */
  readonly #written: Map<string, Written>;
  /** The attributes given since the last file. */
  readonly #recent: Set<string>;
  /** Those that only a token may give; `null` without a token. */
  #bound: ReadonlyMap<string, Written> | null = null;

  private constructor(request: Request, written = new Map<string, Written>(), recent = new Set<string>()) {
    this.#request = request;
    this.#written = written;
    this.#recent = recent;
  }

  /** Reads the query of an upload. @throws {ProgImageError} `unknown_parameter`; `conflicting_parameters` for a name that is given twice */
  static ofQuery(request: Request, query: URLSearchParams): UploadFields {
    const fields = new UploadFields(request);
    for (const [name, value] of query) fields.add(name, value);
    fields.#recent.clear();
    return fields;
  }

  /**
   * Adds a field. Several tags form a list; any other value replaces that of earlier files.
   *
   * @throws {ProgImageError} `unknown_parameter`; `conflicting_parameters` for a name that is given twice for the same file
   */
  add(spelling: string, text: string): void {
    const property = Object.hasOwn(ALIASES, spelling) ? (ALIASES[spelling] ?? "") : spelling;
    if (!Object.hasOwn(ATTRIBUTES_SHAPE.properties, property))
      readShape(ATTRIBUTES_SHAPE, { [spelling]: text });
    const subject = property === "expiresIn" ? "expiresAt" : property;
    if (this.#bound && !this.#mayAdd(subject, text)) return;
    const before = this.#written.get(subject);
    if (property === "tags") {
      this.#written.set(subject, { spelling, texts: [...(before?.texts ?? []), text] });
      return;
    }
    if (before && this.#recent.has(subject)) throw conflicting(spelling, before.spelling);
    this.#recent.add(subject);
    this.#written.set(subject, { spelling, texts: [text] });
  }

  /** Returns the fields of an upload token. A form can repeat them, and add what only the uploader knows of the image. */
  bind(): UploadFields {
    this.#bound = new Map(this.#written);
    return this;
  }

  /** Returns a copy of the fields, for a file that more fields may follow. */
  copy(): UploadFields {
    const copy = new UploadFields(this.#request, new Map(this.#written), new Set(this.#recent));
    copy.#bound = this.#bound;
    return copy;
  }

  /** Proceeds to the next file. A `name` applies to one file only, other fields also to later files. */
  passFile(): void {
    this.#written.delete("name");
    this.#recent.clear();
  }

  /**
   * Returns the attributes of a file. The default of `name` is the file name.
   *
   * @throws {ProgImageError} `invalid_parameter`
   */
  attributesFor(fileName: string, ports: Pick<Ports, "limits">): SaidAttributes {
    const given = [...this.#written].map(([subject, written]) => this.#read(subject, written, ports));
    return readAttributes({ name: cleanName(fileName), ...Object.fromEntries(given) });
  }

  /**
   * Returns the common attributes of many images, each of which has a name of its own.
   *
   * @throws {ProgImageError} `invalid_parameter`, also for a `name`
   */
  sharedAttributes(ports: Pick<Ports, "limits">): SaidSharedAttributes {
    this.refuseName();
    const { name: _name, ...shared } = this.attributesFor("", ports);
    return shared;
  }

  /** Refuses a `name` if each of many images has its own. @throws {ProgImageError} `invalid_parameter` */
  refuseName(): void {
    if (!this.#written.has("name")) return;
    const known = Object.keys(SHARED_ATTRIBUTES_SHAPE.properties);
    throw invalid("name", "the images of an archive have the names of their files", known);
  }

  /** Whether a form adds a field to those of its token. A repeated one adds nothing. @throws {Refusal} `forbidden` for any other */
  #mayAdd(subject: string, text: string): boolean {
    const bound = this.#bound?.get(subject);
    if (bound?.texts.includes(text)) return false;
    if (bound || !FREE.includes(subject)) throw notInToken(subject);
    return true;
  }

  /** The caller's spelling appears in errors. */
  #read(subject: string, { spelling, texts }: Written, { limits }: Pick<Ports, "limits">) {
    if (spelling === EXPIRES) return readExpires(this.#request, texts[0], spelling);
    const property = spelling === "expiresIn" ? spelling : subject;
    const shape = ATTRIBUTES_SHAPE.properties[property];
    if (!shape) throw new Error(`Cannot read ${property}: it has no shape`);
    const json = jsonOfTexts(shape, texts, { name: spelling, maxDepth: limits.jsonDepth });
    return [property, readShape(shape, json, { path: spelling })] as const;
  }
}

/** Returns a file name as a valid image name. File names can be anything that the client's disk allows. */
export function cleanName(fileName: string): string {
  // Browsers escape a quote like this. @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
  const unquoted = fileName.replaceAll("%22", '"');
  const printable = unquoted.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, "");
  return printable.slice(0, ATTRIBUTE_LIMITS.nameCharacters).toWellFormed();
}

function notInToken(parameter: string): Refusal {
  const message = `Cannot store image as its upload token does not allow this ${parameter}`;
  return new Refusal("forbidden", message, { details: { parameter } });
}

function conflicting(parameter: string, before: string): ProgImageError {
  const reason = parameter === before ? "it is given twice" : `it cannot be combined with ${before}`;
  return new ProgImageError("conflicting_parameters", `Cannot read ${parameter}: ${reason}`, {
    details: { parameter },
  });
}

function invalid(parameter: string, reason: string, known?: readonly string[]): ProgImageError {
  return new ProgImageError("invalid_parameter", `Cannot read ${parameter}: ${reason}`, {
    details: { parameter, ...(known && { known }) },
  });
}
