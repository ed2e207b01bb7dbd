import { AwsV4Signer } from "aws4fetch";
import type { CredentialProvider, S3Credentials } from "./credentials.ts";

/** The location of a bucket. */
export interface BucketPlace {
  /** URL of the S3 service, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  /** @default {"auto"} */
  readonly region?: string;
}

/** The location of a bucket, and keys for it. */
export interface BucketAddress extends BucketPlace, S3Credentials {}

/** The location of a bucket, and keys for it or a provider of keys. */
export type SignedBucket = BucketAddress | (BucketPlace & { readonly credentials: CredentialProvider });

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
  readonly #place: BucketPlace;
  readonly #region: string;
  readonly #provider: CredentialProvider;
  #signing: Signing | null = null;

  constructor(bucket: SignedBucket) {
    this.#place = bucket;
    this.#region = bucket.region || "auto";
    this.#provider = "credentials" in bucket ? bucket.credentials : providerOf(bucket);
  }

  /** Signs a request for an object. */
  async object(method: ObjectMethod, key: string): Promise<string> {
    const { client } = await this.#sign();
    if (!client) return await this.other(method, key);
    return client.presign(key, { method, expiresIn: LIFETIME_SECONDS });
  }

  /** Signs a request that Bun's client cannot sign: for the bucket itself, with other query parameters, or with signed headers. */
  async other(
    method: string,
    key: string,
    { query = {}, headers = {}, lifetime = LIFETIME_SECONDS }: SignOtherOptions = {},
  ): Promise<string> {
    const { endpoint, bucket } = this.#place;
    const { keys } = await this.#sign();
    const path = key.split("/").map(encodeURIComponent).join("/");
    const url = new URL(`${endpoint.replace(/\/+$/, "")}/${bucket}${path && `/${path}`}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    url.searchParams.set("X-Amz-Expires", String(lifetime));
    const place = { region: this.#region, service: "s3" };
    const signer = new AwsV4Signer({ ...keys, ...place, url: url.href, method, headers, signQuery: true });
    return (await signer.sign()).url.href;
  }

  /** Returns the keys of now, and the client for them. */
  async #sign(): Promise<Signing> {
    const keys = await this.#provider();
    if (this.#signing?.keys === keys) return this.#signing;
    const { accessKeyId, secretAccessKey, sessionToken } = keys;
    const { endpoint, bucket } = this.#place;
    const options = { endpoint, bucket, region: this.#region, accessKeyId, secretAccessKey, sessionToken };
    const client = new Bun.S3Client(options);
    // The client adds a session token from the environment, which belongs to other keys. This cannot be turned off.
    const token = new URL(client.presign("any")).searchParams.get("X-Amz-Security-Token") ?? undefined;
    this.#signing = { keys, client: token === sessionToken ? client : null };
    return this.#signing;
  }
}

function providerOf({ accessKeyId, secretAccessKey, sessionToken }: S3Credentials): CredentialProvider {
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  return () => Promise.resolve(keys);
}

interface Signing {
  readonly keys: S3Credentials;
  /** Bun's client, which is much faster than our own signing; `null` if it would not sign with our keys alone. */
  readonly client: Bun.S3Client | null;
}
