/** What hostile or careless input may cost at most. */
export interface Limits {
  /** Bytes of one image. */
  readonly uploadBytes: number;
  /** Bytes of an archive of images, as it is sent. */
  readonly archiveBytes: number;
  /** Entries of an archive: files, folders and whatever else. */
  readonly archiveEntries: number;
  /** Bytes that an archive must be sent with for each entry, beyond its first thousand. */
  readonly entryBytes: number;
  /** Bytes of everything in an archive, unpacked. */
  readonly unpackedBytes: number;
  /** How many times as large as it was sent an archive may become. */
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
  /** Lists and objects within each other in JSON. */
  readonly jsonDepth: number;
  /** Keys of metadata by which images are found. */
  readonly metadataKeys: readonly string[];
  /** Ids or URLs that one request may list. */
  readonly selectionItems: number;
  /** Results that a job may make of each image. */
  readonly jobOutputs: number;
  /** Jobs that have not ended. */
  readonly waitingJobs: number;
  /** Images that wait in all jobs. */
  readonly waitingJobItems: number;
}

/** The limits of a server that says nothing else. */
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
