/** A kind of text. */
export interface ShapeFormat {
  /** A description to follow "must be". */
  readonly phrase: string;
  readonly accepts: (text: string) => boolean;
  /** The regular expression of a format of this server, for documents. It may accept texts that are not well-formed. */
  readonly pattern?: string;
}

const TIME_REGEXP = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;
const UUID_REGEXP = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FILE_STEM_REGEXP = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$/;
const TENANT_REGEXP = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** The last label begins with a letter: browsers read others as an address. */
const HOST_REGEXP = /^(?:[A-Za-z0-9_][A-Za-z0-9_-]*\.)*[A-Za-z][A-Za-z0-9_-]*$/;
const LINE_REGEXP = /^[^\u0000-\u001f\u007f]*$/;

/** The formats that a text can have. */
export const SHAPE_FORMATS: Readonly<Record<string, ShapeFormat>> = {
  "date-time": {
    phrase: "an ISO 8601 time such as 2030-01-31T12:00:00Z",
    accepts: (text) => TIME_REGEXP.test(text) && !Number.isNaN(Date.parse(text)),
  },
  uri: { phrase: "a URL", accepts: (text) => URL.canParse(text) },
  "uri-reference": { phrase: "a URL or a path", accepts: (text) => URL.canParse(text, "http://localhost") },
  uuid: { phrase: "a UUID", accepts: (text) => UUID_REGEXP.test(text) },
  /** The name of a file without its extension, valid on every system. */
  "file-stem": {
    phrase: "1 to 64 letters, digits, points, hyphens and underscores, a point not first",
    accepts: (text) => FILE_STEM_REGEXP.test(text),
    pattern: FILE_STEM_REGEXP.source,
  },
  /** The id of a tenant. */
  tenant: {
    phrase: "1 to 32 small letters, digits and hyphens, a hyphen not first",
    accepts: (text) => TENANT_REGEXP.test(text),
    pattern: TENANT_REGEXP.source,
  },
  /** The name of a host, as browsers write it in the header. */
  host: {
    phrase: "the name of a host, such as images.example.com, without a port",
    accepts: (text) =>
      HOST_REGEXP.test(text) && URL.parse(`http://${text}/`)?.hostname === text.toLowerCase(),
    pattern: HOST_REGEXP.source,
  },
  /** Text that every database and header accepts: no control characters and no lone surrogates. */
  line: {
    phrase: "text without control characters",
    accepts: (text) => text.isWellFormed() && LINE_REGEXP.test(text),
    pattern: LINE_REGEXP.source,
  },
};
