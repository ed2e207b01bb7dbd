/** The values of {@linkcode Delivery}. */
export const DELIVERIES = ["public", "presets", "signed", "private"] as const;

/** The requests for a tenant's images that strangers may make. */
export type Delivery = (typeof DELIVERIES)[number];

/** The limits of a tenant; `null` for none. */
export interface TenantLimits {
  /** Stored images, also deleted ones that can be restored. */
  readonly images: number | null;
  /** The bytes of these images. */
  readonly bytes: number | null;
  readonly requestsPerMinute: number | null;
  /** Milliseconds of rendering. */
  readonly renderMsPerMinute: number | null;
}

/** No limits. */
export const NO_LIMITS: TenantLimits = {
  images: null,
  bytes: null,
  requestsPerMinute: null,
  renderMsPerMinute: null,
};

/** One of those who share an installation. The first tenant, whose id is empty, has no record. */
export interface Tenant {
  readonly id: string;
  /** The names under which strangers reach its images, in lower case and without ports. */
  readonly hosts: readonly string[];
  /** `null` for the setting of the server. */
  readonly delivery: Delivery | null;
  readonly limits: TenantLimits;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
}
