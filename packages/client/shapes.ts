// Generated from the shapes of the API: bun run docs writes it.
import type { JsonValue } from "./json_value.ts";
import type { ProblemCode } from "./problem_code.ts";

/** The result for one of many images: it has image or problem, or neither after it was removed. */
export interface BulkItem {
  readonly status: number;
  readonly id: string;
  readonly image?: Image;
  readonly problem?: Problem;
}

/** An image that was deleted and can be restored. */
export interface DeletedImage extends Image {
  /** Since when. */
  readonly deletedAt: string;
  /** Until when it can be restored. */
  readonly restorableUntil: string;
}

/** A point of interest. */
export interface FocalPoint {
  /** A fraction of the width, from the top left. */
  readonly x: number;
  /** A fraction of the height, from the top left. */
  readonly y: number;
}

export interface Health {
  readonly status: "ok";
}

/** An image of the repository. Times are ISO 8601. */
export interface Image {
  readonly id: string;
  /** The name; null if it is unknown. */
  readonly name: string | null;
  /** Words by which the image is found. */
  readonly tags: readonly string[];
  /** A JSON object that is kept with the image and given back, of at most 16384 bytes. */
  readonly metadata: Readonly<Record<string, JsonValue>>;
  /** The point of interest, which crops keep. */
  readonly focalPoint: FocalPoint | null;
  /** Whether only callers with a right to read private images get it, whatever strangers may get. */
  readonly private: boolean;
  /** From this time on the image is not found. */
  readonly expiresAt: string | null;
  readonly format: "jpeg" | "png" | "webp" | "avif" | "gif" | "tiff" | "svg";
  /** Such as image/jpeg. */
  readonly mediaType: string;
  /** The size of the original file. */
  readonly bytes: number;
  /** In pixels, of one page as a viewer sees it: after the orientation was applied. */
  readonly width: number;
  /** In pixels, of one page as a viewer sees it: after the orientation was applied. */
  readonly height: number;
  /** Frames of an animation, pages of a TIFF; 1 for others. */
  readonly pages: number;
  /** Whether its pages are the frames of an animation. */
  readonly isAnimated: boolean;
  /** How long an animation takes once, in milliseconds; null for others, and if it is unknown. */
  readonly durationMs: number | null;
  readonly hasAlpha: boolean;
  /** Whether a colour profile is embedded. */
  readonly hasProfile: boolean;
  /** EXIF orientation of the stored pixels. */
  readonly orientation: number;
  /** Such as srgb, b-w, cmyk or rgb16. */
  readonly colorSpace: string;
  /**
   * Losses and assumptions of renders: end_missing (the file lacks the mark of its end, but no pixel),
   * first_frame_only (an animation of which only the first frame is read), channels_dropped (channels besides
   * colour and alpha are not read), tone_mapped (colours of HDR are mapped to sRGB).
   */
  readonly warnings: readonly ("end_missing" | "first_frame_only" | "channels_dropped" | "tone_mapped")[];
  /** Of the original file, in 64 hexadecimal digits. */
  readonly sha256: string;
  /** As #rrggbb. */
  readonly dominantColor: string;
  /** A ThumbHash in base64, see https://evanw.github.io/thumbhash/. */
  readonly thumbhash: string;
  /** Raised whenever an attribute changes. */
  readonly revision: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Where the original is. Its v names a version, for caches. */
  readonly href: string;
  /** Where what is known of the image is, to be read and changed. */
  readonly infoHref: string;
}

export interface ImageCount {
  readonly count: number;
  /** Whether it is their number; if not, there are at least so many. */
  readonly isExact: boolean;
}

export interface ImagePage {
  readonly items: readonly Image[];
  /** The cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/** Many renders in the background. Times are ISO 8601. */
export interface Job {
  readonly id: string;
  /** The caller's own name of the job. */
  readonly label?: string | null;
  /** A JSON object that is kept with the job and given back, of at most 16384 bytes. */
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly status: JobStatus;
  readonly counts: JobCounts;
  /** 1, raised each time what failed is tried again. */
  readonly attempt: number;
  /**
   * As it was asked, but for ids and urls, which are null: they are in the items. null for files that were sent
   * along.
   */
  readonly select: Readonly<Record<string, JsonValue>> | null;
  readonly onlyNew?: boolean;
  readonly outputs: readonly JobOutput[];
  readonly deliver: JobDelivery;
  readonly attributes: JobAttributes;
  readonly priority: JobPriority;
  /** Without its user, password and query. */
  readonly webhook: string | null;
  /** How the webhook was told of the end; null before that, and without one. */
  readonly webhookDelivery: WebhookDelivery | null;
  /** Seconds that the job stays after its end. */
  readonly keepSeconds: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** From then on it is not found; null until it has ended. */
  readonly expiresAt: string | null;
  /** Why the job itself failed. */
  readonly problem: JobProblem | null;
  readonly href: string;
  readonly itemsHref: string;
  readonly eventsHref: string;
  readonly resultsHref: string;
}

/** The attributes of the images that a job stores. */
export interface JobAttributes {
  /** Words by which the image is found. */
  readonly tags?: readonly string[];
  /** A JSON object that is kept with the image and given back, of at most 16384 bytes. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** The point of interest, which crops keep. */
  readonly focalPoint?: FocalPoint | null;
  /** Whether only callers with a right to read private images get it, whatever strangers may get. */
  readonly private?: boolean;
  /** From this time on the image is not found. */
  readonly expiresAt?: string | null;
}

export interface JobCounts {
  /** Items; null until all are known. */
  readonly total: number | null;
  readonly succeeded: number;
  readonly failed: number;
  /** Items that had not had their turn when the job ended. */
  readonly cancelled: number;
}

/** The use of the results: new images, kept derivatives, a zip for later, or files in the operator's exchange. */
export type JobDelivery =
  | "images"
  | "derivatives"
  | "archive"
  | {
      readonly exchange: {
        /** The prefix of the names of the files. */
        readonly prefix: string;
      };
    };

/** One image of a job. */
export interface JobItem {
  /** Counted from 0, in the order of the sources. */
  readonly index: number;
  readonly source: JobItemSource;
  readonly status: JobItemStatus;
  readonly results: readonly JobResult[];
  readonly problem: JobProblem | null;
}

export interface JobItemSource {
  /** The id of an image. */
  readonly id?: string;
  readonly url?: string;
  /** The name of a file in the exchange. */
  readonly exchange?: string;
  /** The name of a file in the archive that was uploaded. */
  readonly entry?: string;
  /** The name of a file that was uploaded. */
  readonly upload?: string;
}

export type JobItemStatus = "queued" | "succeeded" | "failed" | "cancelled";

/** One result that a job makes of each image. */
export interface JobOutput {
  readonly name: string | null;
  /** As in the query of a URL. */
  readonly recipe: string;
  readonly steps: readonly Step[];
  /** null leaves it to the request or the source. */
  readonly format: "jpeg" | "png" | "webp" | "avif" | "gif" | "tiff" | null;
}

/** Which job goes first. */
export type JobPriority = "low" | "normal" | "high";

/** The failure of a job or of one of its items. */
export interface JobProblem {
  /** A page that explains the code: /problems/{code}. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** For people, in English: what was tried, and what was found. It may be worded anew at any time. */
  readonly detail: string;
  readonly code: ProblemCode;
  /** Whether the same request can succeed later although its caller changes nothing. */
  readonly retryable: boolean;
  /** The index of the output that failed. */
  readonly output?: number;
}

/** One result of an item. */
export interface JobResult {
  /** The index of the job's output. */
  readonly output: number;
  readonly name: string | null;
  readonly format: "jpeg" | "png" | "webp" | "avif" | "gif" | "tiff" | "svg";
  readonly bytes: number;
  /** The image that was stored. */
  readonly imageId?: string;
  /** The name of the file in the exchange that was written. */
  readonly exchange?: string;
  /** Where it is; null where it has no address. */
  readonly href: string | null;
}

/** failed means all items, or the job itself: problem says why. */
export type JobStatus = "queued" | "running" | "succeeded" | "partially_failed" | "failed" | "cancelled";

/** A key, without its secret. */
export interface Key {
  /** It is public: signed URLs contain it. */
  readonly id: string;
  /** Empty for the first tenant. */
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly label: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  /** null while it is not revoked. */
  readonly revokedAt: string | null;
  /** The start of the day of its last use; null if it was never used. */
  readonly lastUsedAt: string | null;
}

/** A key to be made. */
export interface KeyRequest {
  /** The rights of the key. Its maker must have each of them. */
  readonly scopes: readonly Scope[];
  /** The operator's words about it. */
  readonly label?: string;
  /** When it stops being valid: no later than its maker's key. */
  readonly expiresAt?: string;
  /** The tenant that it belongs to, if that is another one: it needs the scope server. */
  readonly tenant?: string;
}

/** A key that has just been made. */
export interface NewKey extends Key {
  /** The whole key. It is not shown again. */
  readonly key: string;
  /** For programs that sign URLs themselves. The command keys secret prints it again. */
  readonly signingSecret: string;
}

export interface Notice {
  readonly code: string;
  /** The fault and its remedy. */
  readonly detail: string;
}

export interface PresetDescription {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  /** Its steps and format as the query of a URL. */
  readonly recipe: string;
}

/** Why a request failed (RFC 9457). More members may come: programs ignore those that they do not know. */
export interface Problem {
  /** A page that explains the code: /problems/{code}. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** For people, in English: what was tried, and what was found. It may be worded anew at any time. */
  readonly detail: string;
  readonly code: ProblemCode;
  /** Whether the same request can succeed later although its caller changes nothing. */
  readonly retryable: boolean;
  /** Finds the request in the log. */
  readonly requestId?: string;
  /** The path of what is wrong. */
  readonly parameter?: string;
  /** The limit that was passed, in the unit of the detail. */
  readonly limit?: number;
  /** The fewest bytes that were reached. */
  readonly smallest?: number;
  /** When the image was deleted. */
  readonly deletedAt?: string;
  /** Until when it can be restored. */
  readonly restorableUntil?: string;
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number;
  /** The values or names that are understood. */
  readonly known?: readonly string[];
  /** The value or name that was probably meant. */
  readonly suggestion?: string;
  /** Of the stored bytes that are damaged. */
  readonly sha256?: string;
  /** At /readyz only: what else the operator should know. */
  readonly notices?: readonly Notice[];
  /** With PROGIMAGE_DEBUG only: the error behind it, for developers. */
  readonly cause?: string;
}

/** A right that a key can have. */
export type Scope =
  | "images:read"
  | "images:create"
  | "images:write"
  | "images:delete"
  | "recipes:run"
  | "jobs:write"
  | "exchange"
  | "admin"
  | "server";

export interface Signed {
  /** With the signature as its last parameters. */
  readonly url?: string;
  /** In the order of the request. */
  readonly urls?: readonly string[];
  /** The method that is allowed: GET, which also allows HEAD, or POST. */
  readonly method: string;
  /** When the signature ends. */
  readonly expiresAt: string;
}

/** A transform and its parameters; or `preset` and the `name` of one. */
export interface Step {
  readonly transform: string;
  readonly [name: string]: JsonValue;
}

/** One of those who share a server, and nothing else. */
export interface Tenant {
  readonly id: string;
  /** The names, without ports, under which strangers reach its images. */
  readonly hosts: readonly string[];
  /** The requests for its images that strangers may make; null for the setting of the server. */
  readonly delivery: "public" | "presets" | "signed" | "private" | null;
  readonly limits: TenantLimits;
  readonly createdAt: string;
}

export interface TenantLimits extends UsageLimits {
  /** With its keys; null for the setting of the server, 0 for any number. */
  readonly requestsPerMinute: number | null;
  /** Milliseconds of rendering; null for the setting of the server, 0 for any number. */
  readonly renderMsPerMinute: number | null;
}

/** Changes of a tenant. Members that are left out stay as they are. */
export interface TenantPatch {
  /** The names, without ports, under which strangers reach its images. */
  readonly hosts?: readonly string[];
  /** The requests for its images that strangers may make; null for the setting of the server. */
  readonly delivery?: "public" | "presets" | "signed" | "private" | null;
  /** Limits that are left out stay as they are. A new tenant has none. */
  readonly limits?: {
    /** Stored images, also deleted ones that can be restored; null for no limit. */
    readonly images?: number | null;
    /** The bytes of these images; null for no limit. */
    readonly bytes?: number | null;
    /** With its keys; null for the setting of the server, 0 for any number. */
    readonly requestsPerMinute?: number | null;
    /** Milliseconds of rendering; null for the setting of the server, 0 for any number. */
    readonly renderMsPerMinute?: number | null;
  };
}

/** A tenant to be made. */
export interface TenantRequest extends TenantPatch {
  readonly id: string;
}

export interface TransformDescription {
  /** In plugins with a namespace it stands before the name, as in print.halftone. */
  readonly name: string;
  /** Names without a point that the operator has given it besides. */
  readonly shortNames: readonly string[];
  /** Names that it had before, which are deprecated. */
  readonly aliases: readonly string[];
  /** The replacement; null if it is not deprecated. */
  readonly deprecated: string | null;
  /** The plugin that brings it. */
  readonly plugin: string;
  readonly version: number;
  readonly summary: string;
  /** The parameter that needs no name, or the two of a box written WxH. */
  readonly shorthand:
    | string
    | {
        readonly kind: "box";
        readonly width: string;
        readonly height: string;
      }
    | null;
  /** Steps as in a URL that show what it does; in them @photo, @logo and @mask stand for images. */
  readonly examples: readonly string[];
  /** Whether it sets the encoding of the result, wherever it is written in a recipe. */
  readonly isOutput: boolean;
  /** JSON Schema of its parameters. */
  readonly params: Readonly<Record<string, JsonValue>>;
}

/** The result for one image: it has image or problem. */
export interface UploadItem {
  /** Its place among what was sent, counted from 0. */
  readonly index: number;
  /** Its name; null if that is unknown. */
  readonly name: string | null;
  readonly status: number;
  readonly image?: Image;
  readonly problem?: Problem;
}

/** How much a tenant stores, and how much it may. */
export interface Usage {
  /** Empty for the first tenant. */
  readonly tenant: string;
  /** Stored images, also deleted ones that can be restored. */
  readonly images: number;
  /** The bytes of these images. */
  readonly bytes: number;
  readonly limits: UsageLimits;
}

export interface UsageLimits {
  /** Stored images, also deleted ones that can be restored; null for no limit. */
  readonly images: number | null;
  /** The bytes of these images; null for no limit. */
  readonly bytes: number | null;
}

export interface WebhookDelivery {
  /** pending is tried again, failed is not. */
  readonly status: "pending" | "delivered" | "failed";
  readonly attempts: number;
  /** The status of the last answer; null if there was no answer. */
  readonly lastStatus: number | null;
  readonly lastAttemptAt: string | null;
}
