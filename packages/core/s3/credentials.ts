import { BucketOutage } from "./bucket_error.ts";

/** The keys that sign requests to S3. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Belongs to keys that are valid for some hours only. */
  readonly sessionToken?: string;
}

/** Returns keys that are valid for some minutes at least. Called for each request: it keeps them meanwhile. */
export type CredentialProvider = () => Promise<S3Credentials>;

let standardChain: Promise<CredentialProvider> | null = null;

/**
 * Returns keys from the standard chain of AWS: the environment, shared files, the role of a container or of a machine. The library is
 * loaded with the first call. It renews keys before they expire.
 *
 * @throws {BucketOutage} with the code `NoKeys` if the chain has none
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export async function standardCredentials(): Promise<S3Credentials> {
  standardChain ??= import("@aws-sdk/credential-provider-node").then(({ defaultProvider }) =>
    defaultProvider(),
  );
  const provide = await standardChain;
  return await provide().catch((error: unknown) => {
    throw new BucketOutage(`There are no keys for S3: ${(error as Error).message}`, "NoKeys");
  });
}
