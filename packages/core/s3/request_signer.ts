import { AwsV4Signer } from "aws4fetch";

/** The location of a bucket, and its credentials. */
export interface BucketAddress {
  /** URL of the S3 service, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  /** @default {"auto"} */
  readonly region?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The methods of requests for an object. */
export type ObjectMethod = "DELETE" | "GET" | "HEAD" | "PUT";

/** Options for {@linkcode RequestSigner.other}. */
export interface SignOtherOptions {
  readonly query?: Readonly<Record<string, string>>;
  /** Headers that must be sent unchanged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the URL is valid, in seconds. @default {900} */
  readonly lifetime?: number;
}

/** How long a URL is valid: longer than any request, and than the difference of clocks. */
const LIFETIME_SECONDS = 900;

/** Creates presigned URLs. They are secrets and must not appear in messages or logs. */
export class RequestSigner {
  /** Bun's client, which is much faster than our own signing; `null` if it would not sign with our keys alone. */
  readonly #client: Bun.S3Client | null;
  readonly #address: BucketAddress;
  readonly #region: string;

  constructor(address: BucketAddress) {
    this.#address = address;
    this.#region = address.region || "auto";
    const client = new Bun.S3Client({ ...address, region: this.#region });
    // The client adds a session token from the environment, which belongs to other keys. This cannot be turned off.
    const addsToken = client.presign("any").includes("X-Amz-Security-Token=");
    this.#client = addsToken ? null : client;
  }

  /** Signs a request for an object. */
  async object(method: ObjectMethod, key: string): Promise<string> {
    if (!this.#client) return await this.other(method, key);
    return this.#client.presign(key, { method, expiresIn: LIFETIME_SECONDS });
  }

  /** Signs a request that Bun's client cannot sign: for the bucket itself, with other query parameters, or with signed headers. */
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
