import { AwsV4Signer } from "aws4fetch";

/** Where a bucket is, and who may use it. */
export interface BucketAddress {
  /** URL of the S3 service, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  /** @default {"auto"} */
  readonly region?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What can be done to an object. */
export type ObjectMethod = "DELETE" | "GET" | "HEAD" | "PUT";

/** Options for {@linkcode RequestSigner.other}. */
export interface SignOtherOptions {
  readonly query?: Readonly<Record<string, string>>;
  /** They must be sent as they are. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds for which the URL is good. @default {900} */
  readonly lifetime?: number;
}

/** How long a URL is good for: longer than any request, and than clocks differ. */
const LIFETIME_SECONDS = 900;

/** Gives URLs that carry their own permission. They are secrets: they stand in no message and no log. */
export class RequestSigner {
  /** Much faster than our own way; `null` where it would not sign with our keys alone. */
  readonly #client: Bun.S3Client | null;
  readonly #address: BucketAddress;
  readonly #region: string;

  constructor(address: BucketAddress) {
    this.#address = address;
    this.#region = address.region || "auto";
    const client = new Bun.S3Client({ ...address, region: this.#region });
    // It adds a session token of the environment, which belongs to the keys there, and cannot be told not to.
    const addsToken = client.presign("any").includes("X-Amz-Security-Token=");
    this.#client = addsToken ? null : client;
  }

  /** Signs a request for an object. */
  async object(method: ObjectMethod, key: string): Promise<string> {
    if (!this.#client) return await this.other(method, key);
    return this.#client.presign(key, { method, expiresIn: LIFETIME_SECONDS });
  }

  /** Signs a request that Bun's client cannot: for the bucket itself, with more in its query, or with headers that must be signed. */
  async other(
    method: string,
    key: string,
    { query = {}, headers = {}, lifetime = LIFETIME_SECONDS }: SignOtherOptions = {},
  ): Promise<string> {
    const { endpoint, bucket, accessKeyId, secretAccessKey } = this.#address;
    const path = key.split("/").map(encodeURIComponent).join("/");
    const url = new URL(`${endpoint.replace(/\/+$/, "")}/${bucket}${path && `/${path}`}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    url.searchParams.set("X-Amz-Expires", String(lifetime));
    const credentials = { accessKeyId, secretAccessKey, region: this.#region, service: "s3" };
    const signer = new AwsV4Signer({ ...credentials, url: url.href, method, headers, signQuery: true });
    return (await signer.sign()).url.href;
  }
}
