import type { AskOptions } from "./testing_keys.ts";

/** The names of things of a tenant: another tenant sends them. */
export interface Things {
  readonly image: string;
  readonly privateImage: string;
  readonly deleted: string;
  /** An image for recipes. */
  readonly overlay: string;
  readonly job: string;
  readonly key: string;
  readonly tenant: string;
  readonly sha256: string;
  readonly tag: string;
  readonly name: string;
  readonly idempotencyKey: string;
  /** The folder of its files in the exchange, from the root. */
  readonly folder: string;
  /** Positions in its lists. */
  readonly cursors: Readonly<Record<"deleted" | "images" | "jobs" | "keys", string>>;
  /** Last parameters of a URL, with its signature of another one. */
  readonly signature: string;
}

/** The caller's own image, and bytes to send. */
export interface Own {
  readonly image: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A request that names things of a tenant. */
export interface Case extends Omit<AskOptions, "key"> {
  readonly path: string;
  /** Whether the answer also depends on the caller's own data, so only its status is compared. */
  readonly isOwn?: boolean;
}

/** An operation of the OpenAPI document. */
export interface Operation {
  readonly operationId: string;
  /** Empty for operations that everyone may use. */
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

type Cases = (things: Things, own: Own) => readonly Case[];

const post = (path: string, body: object, headers: Readonly<Record<string, string>> = {}): Case => ({
  path,
  method: "POST",
  body,
  headers,
});

const imagesOf = ({ deleted, image, privateImage }: Things) => [image, privateImage, deleted];

/** Ids of images, and texts that must not lead to them. */
const spellingsOf = (things: Things) =>
  imagesOf(things).flatMap((id) => [id, id.toUpperCase(), `${id}%20`, `${id}%00`, `${id}/`]);

const onImages =
  (method: string, end = "", more: Partial<Case> = {}): Cases =>
  (things) =>
    spellingsOf(things).map((id) => ({ path: `/images/${id}${end}`, method, ...more }));

const onJob =
  (method: string, ...ends: readonly string[]): Cases =>
  ({ job }) =>
    ends.map((end) => ({ path: `/jobs/${job}${end}`, method }));

/** Recipes in which an image is named. */
const recipesWith = (id: string) => [
  `watermark=${id}`,
  `mask=${id}`,
  `resize=8x&watermark=${id.toUpperCase()},scale:0.5`,
];
const stepsWith = (image: string) => [
  [{ transform: "watermark", image }],
  [
    { transform: "resize", width: 8 },
    { transform: "mask", image },
  ],
];
const allSteps = (things: Things) => [...stepsWith(things.overlay), ...stepsWith(things.privateImage)];

const filtersBy = ({ name, sha256, tag }: Things) => [
  { sha256 },
  { tag },
  { namePrefix: name },
  { metadata: { owner: tag } },
];

const selectionsOf = (things: Things) => [
  { ids: imagesOf(things) },
  { ids: imagesOf(things).map((id) => id.toUpperCase()) },
  ...filtersBy(things).map((filter) => ({ filter })),
];

const readImage: Cases = (things, own) => {
  const reads = spellingsOf(things).flatMap((id) => [
    { path: `/images/${id}` },
    { path: `/images/${id}`, method: "HEAD" },
    { path: `/images/${id}`, headers: { range: "bytes=0-9" } },
    { path: `/images/${id}`, headers: { "if-none-match": "*" } },
    { path: `/images/${id}?preset=small` },
  ]);
  const inRecipes = [things.overlay, things.privateImage].flatMap((id) =>
    recipesWith(id).map((recipe) => ({ path: `/images/${own.image}?${recipe}` })),
  );
  const signed = imagesOf(things).map((id) => ({ path: `/images/${id}?${things.signature}` }));
  return [...reads, ...inRecipes, ...signed];
};

const renderImage: Cases = (things, own) => {
  const reads = spellingsOf(things).flatMap((id) => [
    { path: `/images/${id}.webp?resize=10x` },
    { path: `/images/${id}.webp?resize=10x`, method: "HEAD" },
    { path: `/images/${id}.auto?preset=small` },
  ]);
  const inRecipes = [things.overlay, things.privateImage].flatMap((id) =>
    recipesWith(id).map((recipe) => ({ path: `/images/${own.image}.png?${recipe}` })),
  );
  return [...reads, ...inRecipes];
};

type Fields = Readonly<Record<string, string>>;

/** Returns a form with fields, and with a file if there are bytes for it. */
function formOf(fields: Fields, image?: Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData();
  if (image) form.append("image", new Blob([image]), "own.jpg");
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

/** Parameters that services cannot do without. */
const NEEDED: Readonly<Record<string, Fields>> = {
  brightness: { amount: "1.2" },
  colorize: { color: "red" },
  contrast: { amount: "1.2" },
  crop: { width: "8" },
  gamma: { gamma: "2" },
  hue: { angle: "90" },
  mask: { shape: "circle" },
  pad: { all: "2" },
  resize: { width: "8" },
  rotate: { angle: "90" },
  saturation: { amount: "2" },
  text: { text: "own" },
  thumbnail: { width: "8", height: "8" },
  tint: { color: "red" },
};

/** Returns parameters as JSON has them. */
function jsonOf(fields: Fields): object {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    Number.isNaN(Number(value)) ? value : Number(value),
  ]);
  return Object.fromEntries(entries) as object;
}

/** Each service takes sources; some also take the image of their transform. */
const service =
  (path: string, more: Fields = {}): Cases =>
  (things) => [
    ...imagesOf(things).map((source) => ({
      path: `${path}?${new URLSearchParams({ source, ...more })}`,
      method: "POST",
    })),
    ...imagesOf(things).map((source) => post(path, { source, ...jsonOf(more) })),
    { path, method: "POST", body: formOf({ source: things.image, ...more }) },
  ];

const serviceOfImages =
  (path: string): Cases =>
  (things, { bytes, image }) =>
    [things.overlay, things.privateImage].flatMap((id) => [
      { path: `${path}?image=${id}`, method: "POST", body: bytes },
      post(path, { source: image, image: id }),
      { path, method: "POST", body: formOf({ image: id }, bytes) },
    ]);

const renders: Cases = (things, { bytes, image }) => [
  ...imagesOf(things).flatMap((source) => [
    { path: `/render?source=${source}&flip`, method: "POST" },
    post("/render", { source, recipe: "flip" }),
    { path: "/render", method: "POST", body: formOf({ source, recipe: "flip" }) },
  ]),
  post("/render", { sources: [things.image, things.privateImage], recipe: "flip" }),
  ...allSteps(things).flatMap((steps) => [
    post("/render", { source: image, steps }),
    { path: "/render", method: "POST", body: formOf({ recipe: JSON.stringify({ steps }) }, bytes) },
    post("/render", { source: image, outputs: [{ steps }, { recipe: "flip" }] }),
    post("/render", { source: image, steps, save: true }, { "idempotency-key": things.idempotencyKey }),
  ]),
  ...recipesWith(things.overlay).map((recipe) => ({
    path: `/render?${recipe}`,
    method: "POST",
    body: bytes,
  })),
  post(
    "/render",
    { source: image, recipe: "flip", save: true },
    { "idempotency-key": things.idempotencyKey },
  ),
];

const uploads =
  (path: string): Cases =>
  ({ idempotencyKey }, { bytes }) => [
    { path, method: "POST", body: bytes, headers: { "idempotency-key": idempotencyKey + path } },
  ];

const bulk: Cases = (things) => {
  const actions = [
    { action: "describe" },
    { action: "update", patch: { tags: ["taken"] } },
    { action: "delete" },
    { action: "erase" },
    { action: "purge" },
  ];
  return [
    ...selectionsOf(things).flatMap((select) =>
      actions.map((action) => post("/images/bulk", { ...action, select })),
    ),
    post("/images/bulk", { action: "restore", select: { ids: imagesOf(things) } }),
    { ...post("/images/bulk", { action: "describe", select: { all: true } }), isOwn: true },
    { ...post("/images/bulk", { action: "purge", select: { all: true } }), isOwn: true },
  ];
};

const archives: Cases = (things, { image }) => [
  ...selectionsOf(things).flatMap((select) => [
    post("/archives", { select, container: "tar" }),
    post("/archives", { select, container: "tar", recipe: "flip", format: "png" }),
  ]),
  ...allSteps(things).map((steps) =>
    post("/archives", { select: { ids: [image] }, container: "tar", steps, format: "png" }),
  ),
];

const placesOf = ({ folder }: Things) => [folder, `../${folder}`, `./../${folder}`, `/${folder}`];

const jobs: Cases = (things, { image }) => [
  ...selectionsOf(things).flatMap((select) => [
    post("/jobs", { select, outputs: [{ format: "png" }], deliver: "images" }),
    post("/jobs", { select, outputs: [{ recipe: "flip" }], deliver: "derivatives" }),
  ]),
  ...allSteps(things).map((steps) =>
    post("/jobs", { select: { ids: [image] }, outputs: [{ steps }], deliver: "archive" }),
  ),
  ...placesOf(things).flatMap((prefix) => [
    post("/jobs", { select: { exchange: { prefix } } }),
    post("/jobs", {
      select: { ids: [image] },
      outputs: [{ format: "png" }],
      deliver: { exchange: { prefix } },
    }),
  ]),
  post(
    "/jobs",
    { select: { ids: [image] }, outputs: [{ format: "png" }], deliver: "archive" },
    { "idempotency-key": things.idempotencyKey },
  ),
];

/** Lists show the caller's own things. */
const list = (path: string, cursor: string): readonly Case[] => [
  { path, isOwn: true },
  { path: `${path}?limit=5&cursor=${cursor}`, isOwn: true },
];

const filtered = (path: string, { name, sha256, tag }: Things): readonly Case[] =>
  [`sha256=${sha256}`, `tag=${tag}`, `namePrefix=${name}`, `metadata.owner=${tag}`].map((filter) => ({
    path: `${path}?${filter}`,
  }));

const unaffected =
  (path: string): Cases =>
  () => [{ path }];

/** The requests of each operation, by its id. */
const CASES: Readonly<Record<string, Cases>> = {
  archiveImages: archives,
  bulkImages: bulk,
  cancelJob: onJob("POST", "/cancel"),
  checkHealth: unaffected("/healthz"),
  checkReadiness: unaffected("/readyz"),
  countImages: (things) => [{ path: "/images/count", isOwn: true }, ...filtered("/images/count", things)],
  createJob: jobs,
  createKey: ({ tenant }) => [post("/keys", { scopes: ["images:read"], tenant })],
  createTenant: ({ tenant }) => [post("/tenants", { id: tenant || "x" })],
  deleteImage: onImages("DELETE"),
  deleteJob: onJob("DELETE", ""),
  describeImage: onImages("GET", "/info"),
  describeJob: onJob("GET", "", "?", "%20"),
  describePreset: unaffected("/presets/small"),
  describeProblem: unaffected("/problems/image_not_found"),
  describeServer: unaffected("/"),
  describeTenant: ({ tenant }) => [{ path: `/tenants/${tenant || "x"}` }],
  describeTransform: unaffected("/transforms/watermark"),
  describeUsage: () => [{ path: "/usage", isOwn: true }],
  listWebhookSecrets: () => [{ path: "/webhook-secrets", isOwn: true }],
  eraseImage: onImages("POST", "/erase"),
  explainRecipe: (things, { image }) => [
    ...imagesOf(things).map((source) => post("/recipes", { recipe: "flip", source })),
    ...allSteps(things).flatMap((steps) => [
      post("/recipes", { steps }),
      post("/recipes", { steps, source: image }),
    ]),
  ],
  followJob: ({ job }) => [
    { path: `/jobs/${job}/events` },
    { path: `/jobs/${job}/events?items=true`, headers: { "last-event-id": "1" } },
  ],
  importImages: (things) =>
    placesOf(things).map((prefix) => post("/images/import", { select: { exchange: { prefix } } })),
  listDeletedImages: ({ cursors }) => list("/images/deleted", cursors.deleted),
  listImages: (things) => [...list("/images", things.cursors.images), ...filtered("/images", things)],
  listJobItems: onJob("GET", "/items", "/items?status=failed"),
  listJobs: ({ cursors }) => list("/jobs", cursors.jobs),
  listKeys: ({ cursors, tenant }) => [...list("/keys", cursors.keys), { path: `/keys?tenant=${tenant}` }],
  listPresets: unaffected("/presets"),
  listProblems: unaffected("/problems"),
  listTenants: unaffected("/tenants"),
  listTransforms: unaffected("/transforms"),
  purgeImage: onImages("DELETE", "/derivatives"),
  purgeImages: (things) => [
    ...selectionsOf(things).map((select) => post("/purge", { select })),
    post("/purge", { tag: things.tag }),
    { ...post("/purge", { select: { all: true } }), isOwn: true },
  ],
  readImage,
  readJobResults: onJob("GET", "/results.zip"),
  removeTenant: ({ tenant }) => [{ path: `/tenants/${tenant || "x"}`, method: "DELETE" }],
  render: renders,
  renderImage,
  resendWebhook: onJob("POST", "/webhook"),
  restoreImage: onImages("POST", "/restore"),
  retryJob: onJob("POST", "/retry"),
  revokeKey: ({ key, tenant }) => [
    { path: `/keys/${key}/revoke`, method: "POST" },
    { path: `/keys/${key}/revoke?tenant=${tenant}`, method: "POST" },
  ],
  sign: ({ image }) => [
    { ...post("/sign", { url: `/images/${image}` }), isOwn: true },
    { ...post("/sign", { urls: [`/images/${image}.webp?flip`] }), isOwn: true },
  ],
  updateImage: onImages("PATCH", "/info", { body: { tags: ["taken"] } }),
  updateImageItself: onImages("PATCH", "", { body: { tags: ["taken"] } }),
  updateTenant: ({ tenant }) => [{ path: `/tenants/${tenant || "x"}`, method: "PATCH", body: {} }],
  uploadBatch: uploads("/images/batch"),
  uploadImages: uploads("/images"),
};

/** Returns the requests of an operation at a path. @throws {Error} if it has none */
export function casesOf(path: string, { operationId, parameters = [] }: Operation): Cases {
  if (Object.hasOwn(CASES, operationId)) return CASES[operationId] as Cases;
  if (!path.startsWith("/transforms/"))
    throw new Error(`Cannot tell how another tenant's ids come to ${operationId}: add a case for it`);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const namesImage = parameters.some((parameter) => parameter.name === "image");
  const own = namesImage ? serviceOfImages(path) : () => [];
  return (things, mine) => {
    const needed = name === "watermark" ? { image: mine.image } : NEEDED[name];
    return [...service(path, needed)(things, mine), ...own(things, mine)];
  };
}

/** Returns a path and others that must not lead further. */
export function pathSpellings(path: string): readonly string[] {
  const encoded = (letter: string) => `%${letter.charCodeAt(0).toString(16)}`;
  return [
    path,
    `${path}/`,
    `/${path}`,
    `${path}%20`,
    `${path}%00`,
    `${path};a`,
    path.toUpperCase(),
    path.replace(/[a-z]/, encoded),
    path.replace(/[a-z]$/, encoded),
  ];
}
