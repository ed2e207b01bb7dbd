/** The limits on what malicious or careless input may cost. */
export interface Limits {
  /** Bytes of one image. */
  readonly uploadBytes: number;
  /** Bytes of an archive of images, as it is sent. */
  readonly archiveBytes: number;
  /** Entries of an archive, including folders and anything else. */
  readonly archiveEntries: number;
  /** Bytes that an archive must have, as sent, for each entry after the first thousand. */
  readonly entryBytes: number;
  /** Bytes of all entries of an archive, unpacked. */
  readonly unpackedBytes: number;
  /** The largest ratio of an archive's unpacked size to its size as sent. */
  readonly unpackedRatio: number;
  /** Bytes of one SVG. */
  readonly svgBytes: number;
  /** Pixels of an input, all frames together. */
  readonly inputPixels: number;
  /** Width or height of an input, in pixels. */
  readonly inputSide: number;
  /** Frames of an animated input, or pages of a TIFF. */
  readonly inputFrames: number;
  /** Steps in a recipe. */
  readonly recipeSteps: number;
  /** Pixels held between two steps of a recipe, all frames together. */
  readonly intermediatePixels: number;
  /** Width or height of an output, in pixels. */
  readonly outputSide: number;
  /** Pixels of an output, all frames together. */
  readonly outputPixels: number;
  /** Nesting depth of lists and objects in JSON. */
  readonly jsonDepth: number;
  /** Metadata keys that images can be searched by. */
  readonly metadataKeys: readonly string[];
  /** Ids or URLs in one request. */
  readonly selectionItems: number;
  /** Outputs that a job may make of each image. */
  readonly jobOutputs: number;
  /** Jobs that have not ended. */
  readonly waitingJobs: number;
  /** Waiting images in all jobs together. */
  readonly waitingJobItems: number;
}

/** The default limits of a server. */
export const DEFAULT_LIMITS: Limits = {
  uploadBytes: 100_000_000,
  archiveBytes: 2_000_000_000,
  archiveEntries: 100_000,
  entryBytes: 64,
  unpackedBytes: 4_000_000_000,
  unpackedRatio: 100,
  svgBytes: 1_000_000,
  inputPixels: 50_000_000,
  inputSide: 16_383,
  inputFrames: 256,
  recipeSteps: 32,
  intermediatePixels: 25_000_000,
  outputSide: 8_192,
  outputPixels: 32_000_000,
  jsonDepth: 64,
  metadataKeys: [],
  selectionItems: 10_000,
  jobOutputs: 20,
  waitingJobs: 1_000,
  waitingJobItems: 1_000_000,
};
